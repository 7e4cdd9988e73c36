import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger, SecretBox } from '@rat/runtime';
import type { Database } from '@rat/store';

/** Dependencies of the routes of webhooks. */
export interface WebhookDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
  /** Opens the secrets of signatures; undefined without RAT_SECRET_KEY. */
  secretBox: SecretBox | undefined;
}
