import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/** What reading a run's log needs: the database, and the runners that it lists for archived logs. */
export interface LogSource {
  db: Database;
  log: Logger;
}
