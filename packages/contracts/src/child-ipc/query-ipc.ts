import { z } from 'zod';
import { layer, pipelineRef, slug } from '../common.ts';
import { ROW_FORMATS, ROWS_AS } from '../http/row-formats.ts';
import { builtInTest } from '../pipeline-files/built-in-test.ts';
import {
  checkedMessage,
  previewCommand,
  previewedMessage,
  unableMessage,
  validateCommand,
} from './authoring-ipc.ts';
import { inputsAnswer, refuseAnswer, wireFailure } from './executor-ipc.ts';

/*
 * The conversation between a runner and the process that answers one query, or one question about a pipeline that is not
 * stored, and then ends. See `authoring-ipc.ts` for the latter.
 *
 *   parent → query          child → resolve
 *   parent → tables         child → answer | failed
 *
 * The rows are in no message: a message of 16 MB would occupy the parent's thread. The child writes them to a file.
 */

/** The file in `tempDir` that holds the rows of an answer: the JSON text of one array, or what `format` says. */
export const QUERY_ROWS_FILE = 'rows.json';

/** Paths are absolute. */
export const queryCommand = z.object({
  type: z.literal('query'),
  sql: z.string(),
  /** Where names without a namespace are looked up. */
  namespace: slug,
  maxRows: z.number().int().positive(),
  /** How the rows are written; JSON where it is absent. */
  format: z.enum(ROW_FORMATS).optional(),
  /** How the rows of JSON are written; as arrays where it is absent. */
  rowsAs: z.enum(ROWS_AS).optional(),
  /** Of the answer as JSON, or of the file. */
  maxBytes: z.number().int().positive(),
  tempDir: z.string(),
  memoryLimitMb: z.number().int().positive(),
  tempLimitMb: z.number().int().positive(),
  threads: z.number().int().positive(),
});
export type QueryCommand = z.infer<typeof queryCommand>;

/** The rows that a quality test finds in rows that are on a branch. */
export const failingRowsCommand = queryCommand
  .omit({ sql: true, namespace: true, format: true, rowsAs: true })
  .extend({
    type: z.literal('failing-rows'),
    pipeline: pipelineRef,
    asks: z.union([z.object({ sql: z.string() }), z.object({ builtIn: builtInTest })]),
    /** ISO 8601. */
    runStartedAt: z.string(),
    isIncremental: z.boolean(),
    /** Of the rows under test, with the engine's names of types. */
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    /** Of the other tables that a built-in test refers to, by `namespace.layer.name`. */
    columnsOfTables: z.record(z.string(), z.array(z.string())),
    mainRows: z.number().optional(),
    offset: z.number().int().nonnegative(),
  });
export type FailingRowsCommand = z.infer<typeof failingRowsCommand>;

/** The tables that the query names: the SELECT that shows each, and all files that this SELECT reads. */
export const queryTablesMessage = z.object({
  type: z.literal('tables'),
  tables: z.array(
    z.object({
      namespace: slug,
      layer,
      name: slug,
      sql: z.string(),
      files: z.array(z.string()),
    }),
  ),
});

export const queryParentMessage = z.discriminatedUnion('type', [
  queryCommand,
  failingRowsCommand,
  queryTablesMessage,
  validateCommand,
  previewCommand,
  inputsAnswer,
  refuseAnswer,
]);
export type QueryParentMessage = z.infer<typeof queryParentMessage>;

/** All of an answer but its rows, sent when the rows are written. */
export const queryAnswerHead = z.object({
  type: z.literal('answer'),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rowCount: z.number().int().nonnegative(),
  truncated: z.boolean(),
});

export const queryChildMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('resolve'),
    tables: z.array(pipelineRef),
    /** Of the pipeline's own namespace; a query reads none. */
    landingZones: z.array(slug).optional(),
    /** Names of inputs that only quality tests read. */
    mayLack: z.array(z.string()).optional(),
  }),
  queryAnswerHead,
  checkedMessage,
  previewedMessage,
  unableMessage,
  z.object({ type: z.literal('failed'), failure: wireFailure }),
]);
export type QueryChildMessage = z.infer<typeof queryChildMessage>;
