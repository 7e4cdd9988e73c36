import type { RunQueue } from '@rat/queue';
import type { PipelineDeps } from '../pipelines/pipeline-deps.ts';

/**
 * Dependencies of the routes of quality tests: a test is part of its pipeline, and an audit creates a run
 * and announces it.
 */
export interface QualityDeps extends PipelineDeps {
  queue: RunQueue;
}
