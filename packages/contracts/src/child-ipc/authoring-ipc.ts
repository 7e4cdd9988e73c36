import { LOG_LEVELS } from '@rat/domain';
import { z } from 'zod';
import { issue, pipelineRef, timestamp } from '../common.ts';
import { previewDifference } from '../http/preview-difference.ts';
import { ROWS_AS } from '../http/row-formats.ts';
import { executorQuality, runInputs, wireFailure } from './executor-ipc.ts';
import { pipelineConfig, qualityTest } from '../pipeline-files/pipeline-files.ts';

/*
 * The messages about a pipeline that is not stored, to and from the process that answers queries. The pipeline is read
 * only: the process may write nothing but `tempDir`.
 *
 *   parent → validate       child → resolve
 *   parent → inputs         child → checked
 *
 *   parent → preview        child → resolve
 *   parent → inputs | refuse
 *                           child → previewed | unable
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

/** Paths are absolute. */
export const previewCommand = unsavedPipeline.extend({
  type: z.literal('preview'),
  /** The pipeline's own table with its files, pinned. */
  target: target.optional(),
  runStartedAt: timestamp,
  maxRows: z.number().int().positive(),
  /** Of the rows as JSON. */
  maxBytes: z.number().int().positive(),
  explain: z.boolean(),
  runTests: z.boolean(),
  compare: z.boolean(),
  ...runInputs.shape,
  /** How the rows are written; as arrays where it is absent. */
  rowsAs: z.enum(ROWS_AS).optional(),
  tempDir: z.string(),
  memoryLimitMb: z.number().int().positive(),
  tempLimitMb: z.number().int().positive(),
  threads: z.number().int().positive(),
});
export type PreviewCommand = z.infer<typeof previewCommand>;

/** All of a preview but its rows, which are in a file. */
export const previewedMessage = z.object({
  type: z.literal('previewed'),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  shownRows: z.number().int().nonnegative(),
  truncated: z.boolean(),
  /** The rows of the whole result, where it was computed or counted. */
  allRows: z.number().int().nonnegative().optional(),
  phases: z.array(z.object({ name: z.string(), durationMs: z.number().int().nonnegative() })),
  profile: z.string().optional(),
  log: z.array(
    z.object({
      timestamp,
      level: z.enum(LOG_LEVELS),
      phase: z.string(),
      message: z.string(),
    }),
  ),
  /** The most memory that the process of the preview had, bytes. */
  peakBytes: z.number().int().nonnegative(),
  tests: z.array(executorQuality.shape.result),
  compare: previewDifference.optional(),
});

/** The author's SQL, its inputs or its limits are the reason why there is no preview. */
export const unableMessage = z.object({ type: z.literal('unable'), failure: wireFailure });
