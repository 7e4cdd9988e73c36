import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { IdempotencyDeps } from '../http/idempotency.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the routes of landing zones. */
export interface LandingDeps extends RunnerDeps, IdempotencyDeps {
  /** The largest file that may be uploaded. */
  uploadMaxBytes: number;
  /** An upload may start a run. */
  queue: RunQueue;
  hints: RunHints;
}
