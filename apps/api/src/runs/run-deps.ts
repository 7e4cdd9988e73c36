import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { RunCaps } from './run-caps.ts';

/** Dependencies of the routes of runs. */
export interface RunDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
  /** The limits on one run that a caller may request. */
  caps: RunCaps;
  /** How long an idempotency key is kept. */
  idempotencyMs: number;
}
