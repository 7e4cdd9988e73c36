import type { Database } from '@rat/store';
import type { IdempotencyDeps } from '../http/idempotency.ts';

/** Dependencies of the routes of saved views. */
export interface ViewDeps extends IdempotencyDeps {
  db: Database;
}
