import { FAILURE_CODES, LOG_LEVELS, PHASES } from '@rat/domain';
import { z } from 'zod';
import { pipelineRef, timestamp } from './common.ts';
import { qualityTest } from './pipeline-files.ts';

/*
 * The conversation between a runner and one executor child. The child has no database, queue or network; all that it
 * may read is named in `inputs`, all that it may write lies in `stagingDir`.
 *
 *   child → ready
 *   parent → execute        child → phase · log · progress …
 *   child → resolve         parent → inputs | refuse
 *   child → finished | failed | interrupted
 */

/** The work of one attempt. Paths are absolute. */
export const executeCommand = z.object({
  type: z.literal('execute'),
  runId: z.uuid(),
  attempt: z.number().int().positive(),
  pipeline: pipelineRef,
  /** The template as the author wrote it. */
  sql: z.string(),
  qualityTests: z.array(qualityTest),
  /** Whether the target table exists when the run starts; what `is_incremental()` answers. */
  targetExists: z.boolean(),
  runStartedAt: timestamp,
  stagingDir: z.string(),
  tempDir: z.string(),
  memoryLimitMb: z.number().int().positive(),
  tempLimitMb: z.number().int().positive(),
  threads: z.number().int().positive(),
  targetFileMb: z.number().int().positive(),
});
export type ExecuteCommand = z.infer<typeof executeCommand>;

/** The files behind every name that the child asked for. Paths are absolute. */
export const inputsAnswer = z.object({
  type: z.literal('inputs'),
  /** Key: `namespace.layer.name`. */
  tables: z.record(z.string(), z.array(z.string())),
  /** Key: the zone's name. */
  landingZones: z.record(z.string(), z.array(z.string())),
});
export type InputsAnswer = z.infer<typeof inputsAnswer>;

const wireFailure = z.object({
  code: z.enum(FAILURE_CODES),
  message: z.string(),
  phase: z.enum(PHASES).optional(),
  statement: z.string().optional(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
});

/** The parent could not find an input: the attempt fails with this. */
export const refuseAnswer = z.object({ type: z.literal('refuse'), failure: wireFailure });

export const parentMessage = z.discriminatedUnion('type', [
  executeCommand,
  inputsAnswer,
  refuseAnswer,
  z.object({ type: z.literal('interrupt') }),
]);
export type ParentMessage = z.infer<typeof parentMessage>;

/** One Parquet file that the attempt wrote; the path is relative to `stagingDir`. */
export const stagedFile = z.object({
  path: z.string(),
  rows: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
});
export type StagedFile = z.infer<typeof stagedFile>;

export const executorLog = z.object({
  type: z.literal('log'),
  timestamp,
  level: z.enum(LOG_LEVELS),
  phase: z.enum(PHASES),
  message: z.string(),
});

export const executorPhase = z.object({
  type: z.literal('phase'),
  name: z.enum(PHASES),
  status: z.enum(['started', 'success', 'failed', 'cancelled']),
  startedAt: timestamp,
  durationMs: z.number().int().nonnegative().optional(),
  rows: z.number().int().nonnegative().optional(),
  bytes: z.number().int().nonnegative().optional(),
});

export const childMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('resolve'),
    tables: z.array(pipelineRef),
    landingZones: z.array(z.string()),
  }),
  executorLog,
  executorPhase,
  z.object({
    type: z.literal('finished'),
    files: z.array(stagedFile),
    rows: z.number().int().nonnegative(),
    bytes: z.number().int().nonnegative(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
  }),
  z.object({ type: z.literal('failed'), failure: wireFailure }),
  z.object({ type: z.literal('interrupted') }),
]);
export type ChildMessage = z.infer<typeof childMessage>;
export type ExecutorLog = z.infer<typeof executorLog>;
export type ExecutorPhase = z.infer<typeof executorPhase>;
