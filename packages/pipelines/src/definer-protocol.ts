import type { Issue } from '@rat/domain';
import type { PipelineDefinition } from './define-pipeline.ts';

/**
 * The messages of the thread that defines a pipeline: `at` for each template, then one of the
 * others.
 */
export type DefinerAnswer =
  | { type: 'at'; path: string }
  | { type: 'defined'; definition: PipelineDefinition }
  | { type: 'refused'; message: string; issues: readonly Issue[] }
  | { type: 'broken'; message: string };
