import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/**
 * Dependencies of reading a run's log: the database also lists the runners that read archived logs.
 */
export interface LogSource {
  db: Database;
  log: Logger;
}
