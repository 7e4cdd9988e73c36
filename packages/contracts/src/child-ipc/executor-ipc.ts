import {
  FAILURE_CODES,
  LOG_LEVELS,
  PHASES,
  QUALITY_SEVERITIES,
  QUALITY_STATUSES,
  type QualityResult,
} from '@rat/domain';
import { z } from 'zod';
import { pipelineRef, timestamp } from '../common.ts';
import { paramValues } from '../pipeline-files/params.ts';
import { pipelineConfig, qualityTest } from '../pipeline-files/pipeline-files.ts';

/*
 * The conversation between a runner and one executor child. The child has no database, queue or network; all that it
 * may read is named in `inputs`, all that it may write lies in `stagingDir`.
 *
 *   child → ready
 *   parent → execute        child → phase · log · progress …
 *   child → sql             what it will execute; then `statement`, once a statement that ended
 *   child → resolve         parent → inputs | refuse | skip
 *   child → staged          parent → audit | refuse
 *   child → columns         while the parent works on its answer
 *   child → quality, once a test
 *   parent → pause · resume (between statements, while earlier messages of the child are not durable yet)
 *   child → finished | audited | skipped | failed | interrupted
 *
 * Schemas and data files of tables pass through as they are: `iceberg`, at both ends, knows their shape.
 */

/** The work of one attempt. Paths are absolute. */
export const executeCommand = z.object({
  type: z.literal('execute'),
  runId: z.uuid(),
  attempt: z.number().int().positive(),
  pipeline: pipelineRef,
  /** Runs only the quality tests, on the target table as it is. */
  auditOnly: z.boolean(),
  /** The template as the author wrote it. */
  sql: z.string(),
  config: pipelineConfig,
  qualityTests: z.array(qualityTest),
  /** Whether there is a target table for the run to build on; what `is_incremental()` answers. */
  targetExists: z.boolean(),
  /** Whether the run replaces the whole table, also under another merge strategy. */
  fullRefresh: z.boolean(),
  /** What the target table has so far; absent while it has never been written. */
  target: z
    .object({
      /** iceberg's `Schema`. */
      schema: z.unknown(),
      lastColumnId: z.number().int().nonnegative(),
      /** iceberg's `PartitionSpec`s, old ones too: a partition that the table once had keeps its id. */
      specs: z.array(z.unknown()),
      lastPartitionId: z.number().int().nonnegative(),
      /** iceberg's `LiveFile`s of the pinned main, data and deletes: what the result is merged with. */
      files: z.array(z.unknown()),
    })
    .optional(),
  /** Where the target table lies, as `file:///…`; `stagingDir` is a folder below it. */
  tableUri: z.string(),
  runStartedAt: timestamp,
  /** The time that the run is about. */
  interval: z.object({ start: timestamp, end: timestamp, logicalDate: z.iso.date() }).optional(),
  /** The values of the pipeline's parameters. */
  params: paramValues.optional(),
  /** Whether the log also has where each statement spent its time. */
  profiles: z.boolean(),
  stagingDir: z.string(),
  tempDir: z.string(),
  memoryLimitMb: z.number().int().positive(),
  tempLimitMb: z.number().int().positive(),
  threads: z.number().int().positive(),
  targetFileMb: z.number().int().positive(),
});
export type ExecuteCommand = z.infer<typeof executeCommand>;

/** What a run may be given besides its pipeline. */
export const runInputs = executeCommand.pick({ fullRefresh: true, interval: true, params: true });

export const wireFailure = z.object({
  code: z.enum(FAILURE_CODES),
  message: z.string(),
  phase: z.enum(PHASES).optional(),
  statement: z.string().optional(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  within: z.object({ line: z.number().int(), column: z.number().int() }).optional(),
  /** How the statement brought its process down, for a crash. */
  crash: z.string().optional(),
});

/** The tables and files behind the names in the child's request. Paths are absolute. */
export const inputsAnswer = z.object({
  type: z.literal('inputs'),
  /** Key: `namespace.layer.name`. `sql` is the SELECT that shows the table, `files` is all that it reads. */
  tables: z.record(z.string(), z.object({ sql: z.string(), files: z.array(z.string()) })),
  /** Key: the zone's name. */
  landingZones: z.record(z.string(), z.array(z.string())),
  /** The zones without files that have no rows of these columns. Key: the zone's name. */
  emptyZones: z
    .record(z.string(), z.array(z.object({ name: z.string(), type: z.string() })))
    .optional(),
  /** Of the inputs that may lack, those that could not be found, and why. */
  missing: z.record(z.string(), wireFailure).optional(),
});
export type InputsAnswer = z.infer<typeof inputsAnswer>;

/** The parent could not find an input, or not take what was staged: the attempt fails with this. */
export const refuseAnswer = z.object({ type: z.literal('refuse'), failure: wireFailure });

/** A zone has no files, and its `on_empty` is `skip`: the run ends without a result. */
export const skipAnswer = z.object({ type: z.literal('skip'), zone: z.string() });
export type SkipAnswer = z.infer<typeof skipAnswer>;

/** The staged rows are a branch of the table: the child may test them. */
export const auditAnswer = z.object({ type: z.literal('audit') });

export const parentMessage = z.discriminatedUnion('type', [
  executeCommand,
  inputsAnswer,
  refuseAnswer,
  skipAnswer,
  auditAnswer,
  z.object({ type: z.literal('interrupt') }),
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
]);
export type ParentMessage = z.infer<typeof parentMessage>;

/** What the attempt wrote; no reader sees it yet. */
export const stagedResult = z.object({
  type: z.literal('staged'),
  /** iceberg's `DataFile`s; none for a result without rows. */
  files: z.array(z.unknown()),
  /** iceberg's `Schema`, of the table with these rows in it; its schema id is still to be given. */
  schema: z.unknown(),
  lastColumnId: z.number().int().nonnegative(),
  /** iceberg's `PartitionSpec` that the files are written with. */
  spec: z.unknown(),
  /** URIs of the files of the pinned main that the table no longer has; `all`, whichever those are. */
  removed: z.union([z.literal('all'), z.array(z.string())]),
  /** Rows of the result that were inserted or changed. */
  rows: z.number().int().nonnegative(),
  /** Rows of the pinned main that were removed, overwritten or closed. */
  rowsDeleted: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
});

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

/** What the template rendered to. */
export const executorSql = z.object({
  type: z.literal('sql'),
  compiled: z.string(),
  /** In their order; the last one is the result. Lines and columns are those of the compiled text. */
  statements: z.array(
    z.object({
      text: z.string(),
      line: z.number().int().positive(),
      column: z.number().int().positive(),
    }),
  ),
});

/** A statement has ended. */
export const executorStatement = z.object({
  type: z.literal('statement'),
  /** Its place in the statements of `sql`, from 0. */
  index: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
  durationMs: z.number().int().nonnegative(),
});

/** Where the columns of the result come from; null when the engine cannot tell. */
export const executorColumns = z.object({
  type: z.literal('columns'),
  columns: z
    .array(
      z.object({
        name: z.string(),
        /** Tables as `namespace.layer.name`. */
        from: z.array(z.object({ table: z.string(), column: z.string() })),
      }),
    )
    .nullable(),
});

/** The result of one quality test, sent when the test ends: a run that is stopped keeps its earlier results. */
export const executorQuality = z.object({
  type: z.literal('quality'),
  result: z.object({
    name: z.string(),
    severity: z.enum(QUALITY_SEVERITIES),
    status: z.enum(QUALITY_STATUSES),
    description: z.string().optional(),
    tags: z.array(z.string()),
    remediation: z.string().optional(),
    violations: z.number().int().nonnegative().optional(),
    sample: z.object({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.string().nullable())),
    }),
    durationMs: z.number().int().nonnegative(),
    message: z.string().optional(),
  }) satisfies z.ZodType<QualityResult>,
});

/** How far the running statement is. */
export const executorProgress = z.object({
  type: z.literal('progress'),
  timestamp,
  phase: z.enum(PHASES),
  percent: z.number().min(0).max(100),
  /** Rows that the statement has read so far, where the engine knows. */
  rows: z.number().int().nonnegative().optional(),
  memoryBytes: z.number().int().nonnegative(),
});

export const childMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('resolve'),
    tables: z.array(pipelineRef),
    landingZones: z.array(z.string()),
    /** The inputs, by `namespace.layer.name` or the zone's name, that only quality tests read. */
    mayLack: z.array(z.string()).optional(),
  }),
  executorLog,
  executorPhase,
  executorProgress,
  executorSql,
  executorStatement,
  stagedResult,
  executorColumns,
  executorQuality,
  z.object({ type: z.literal('finished') }),
  /** The end of an execution that was to audit only: no test stood in the way. */
  z.object({ type: z.literal('audited') }),
  /** The end of an execution that the parent answered with `skip`. */
  z.object({ type: z.literal('skipped') }),
  z.object({ type: z.literal('failed'), failure: wireFailure }),
  z.object({ type: z.literal('interrupted') }),
]);
export type ChildMessage = z.infer<typeof childMessage>;
export type ExecutorLog = z.infer<typeof executorLog>;
export type ExecutorProgress = z.infer<typeof executorProgress>;
export type ExecutorPhase = z.infer<typeof executorPhase>;
export type ExecutorSql = z.infer<typeof executorSql>;
export type ExecutorStatement = z.infer<typeof executorStatement>;
export type ExecutorColumns = z.infer<typeof executorColumns>;
export type ExecutorQuality = z.infer<typeof executorQuality>;
