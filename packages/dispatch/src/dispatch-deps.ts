import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/** All that it takes to tell runs apart and to ring for them. */
export interface DispatchDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
}
