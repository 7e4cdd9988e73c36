import type { PipelineDefiner } from '@rat/pipelines';
import type { Database } from '@rat/store';

/** Dependencies of the routes of pipelines. */
export interface PipelineDeps {
  db: Database;
  /** Renders pipeline templates on its own threads. */
  definer: PipelineDefiner;
}
