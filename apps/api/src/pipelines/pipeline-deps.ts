import type { PipelineDefiner } from '@rat/pipelines';
import type { AutomationDeps } from '../automation/sync-automation.ts';
import type { IdempotencyDeps } from '../http/idempotency.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the routes of pipelines; a runner checks the SQL. */
export interface PipelineDeps extends RunnerDeps, IdempotencyDeps, AutomationDeps {
  /** Renders pipeline templates on its own threads. */
  definer: PipelineDefiner;
  /** How long a dropped table can be restored. */
  keepMs: number;
}
