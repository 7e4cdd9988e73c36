import type { PipelineDefiner } from '@rat/pipelines';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/** Dependencies of the lineage's routes. */
export interface LineageDeps {
  db: Database;
  /** Renders the templates of versions whose inputs are not stored yet. */
  definer: PipelineDefiner;
  log: Logger;
}
