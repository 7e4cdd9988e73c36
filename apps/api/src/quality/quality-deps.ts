import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { IdempotencyDeps } from '../runs/idempotency.ts';

/** Dependencies of the routes of quality tests: an audit creates a run and announces it. */
export interface QualityDeps extends IdempotencyDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
}
