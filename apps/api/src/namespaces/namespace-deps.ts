import type { IdempotencyDeps } from '../http/idempotency.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the routes of namespaces. Runners know which files wait in landing zones. */
export interface NamespaceDeps extends RunnerDeps, IdempotencyDeps {}
