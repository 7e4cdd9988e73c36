import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger, SecretBox } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { IdempotencyDeps } from '../http/idempotency.ts';

/** Dependencies of the routes of triggers. */
export interface TriggerDeps extends IdempotencyDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
  /** Seals the secrets of webhooks; undefined without RAT_SECRET_KEY. */
  secretBox: SecretBox | undefined;
}
