import { z } from 'zod';
import { issue, pipelineRef } from '../common.ts';
import { pipelineConfig, qualityTest } from '../pipeline-files/pipeline-files.ts';

/*
 * The messages about a pipeline that is not stored, to and from the process that answers queries. The pipeline is read
 * only: the process may write nothing but `tempDir`.
 *
 *   parent → validate       child → resolve
 *   parent → inputs         child → checked
 */

/** A pipeline whose files have been parsed, and whose templates render. */
export const unsavedPipeline = z.object({
  pipeline: pipelineRef,
  sql: z.string(),
  config: pipelineConfig,
  qualityTests: z.array(qualityTest),
});

/** The version of the pipeline's own table that it would build on; as in `executeCommand`. */
const target = z.object({
  schema: z.unknown(),
  lastColumnId: z.number().int().nonnegative(),
  specs: z.array(z.unknown()),
  lastPartitionId: z.number().int().nonnegative(),
  files: z.array(z.unknown()),
});

/** Paths are absolute. */
export const validateCommand = unsavedPipeline.extend({
  type: z.literal('validate'),
  /** Without files: binding needs the columns only. */
  target: target.optional(),
  tempDir: z.string(),
  memoryLimitMb: z.number().int().positive(),
  tempLimitMb: z.number().int().positive(),
  threads: z.number().int().positive(),
});
export type ValidateCommand = z.infer<typeof validateCommand>;

/** An issue of the check by the engine. */
export const checkedIssue = issue.required({ severity: true }).extend({
  /** Whether the pipeline can never run with it, whatever the tables are: PUT refuses it. */
  never: z.boolean(),
});
export type CheckedIssue = z.infer<typeof checkedIssue>;

export const checkedMessage = z.object({
  type: z.literal('checked'),
  issues: z.array(checkedIssue),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
});
