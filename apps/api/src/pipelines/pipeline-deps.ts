import type { PipelineDefiner } from '@rat/pipelines';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the routes of pipelines; a runner checks the SQL. */
export interface PipelineDeps extends RunnerDeps {
  /** Renders pipeline templates on its own threads. */
  definer: PipelineDefiner;
}
