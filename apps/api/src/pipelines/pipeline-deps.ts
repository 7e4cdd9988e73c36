import type { RunHints } from '@rat/hints';
import type { PipelineDefiner } from '@rat/pipelines';
import type { Database } from '@rat/store';

/** Dependencies of the routes of pipelines. */
export interface PipelineDeps {
  db: Database;
  hints: RunHints;
  /** Renders pipeline templates on its own threads. */
  definer: PipelineDefiner;
  /** How long a dropped table can be restored. */
  keepMs: number;
}
