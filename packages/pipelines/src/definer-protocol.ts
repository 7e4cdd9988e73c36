import type { InspectedPipeline } from './define-pipeline.ts';

/**
 * The messages of the thread that inspects a pipeline: `at` for each template, then one of the
 * others.
 */
export type DefinerAnswer =
  | { type: 'at'; path: string }
  | { type: 'inspected'; pipeline: InspectedPipeline }
  | { type: 'broken'; message: string };
