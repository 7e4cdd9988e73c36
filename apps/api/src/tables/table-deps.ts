import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { RunnerDeps } from '../runner-client/with-runner.ts';
import type { IdempotencyDeps } from '../http/idempotency.ts';

/** Dependencies of the routes of tables: maintenance creates runs and announces them. */
export interface TableDeps extends RunnerDeps, IdempotencyDeps {
  queue: RunQueue;
  hints: RunHints;
  /** How long a dropped table can be restored. */
  keepMs: number;
}
