import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/** The database, the queue and the hints that dispatching a run needs. */
export interface DispatchDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
}
