import type { Database } from '@rat/store';

/** Dependencies of the routes of runners, whose state is in the database. */
export interface RunnersDeps {
  db: Database;
}
