import type { Database } from '@rat/store';

/** Dependencies of the routes of saved views. */
export interface ViewDeps {
  db: Database;
}
