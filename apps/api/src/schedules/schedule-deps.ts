import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { IdempotencyDeps } from '../http/idempotency.ts';

/** Dependencies of the routes of schedules. */
export interface ScheduleDeps extends IdempotencyDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
}
