import type { Database } from '@rat/store';

/** Dependencies of the search. */
export interface SearchDeps {
  db: Database;
}
