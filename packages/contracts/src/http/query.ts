import { z } from 'zod';
import { homeNamespace } from '../common.ts';
import { wholeOrAbsent } from './query-parameters.ts';
import { rowFormat, ROWS_AS, rowsAs } from './row-formats.ts';
import { SQL_MAX_LENGTH } from '../pipeline-files/pipeline-files.ts';

/** The most rows that one query answers. */
export const QUERY_ROWS_MAX = 10_000;
export const QUERY_ROWS_DEFAULT = 1_000;
export const PREVIEW_ROWS_DEFAULT = 50;

/** A version to read instead of main: of every table in the query that has it. */
const version = {
  branch: z.string().min(1).max(200).optional(),
  /** As decimal text. */
  snapshot: z
    .string()
    .regex(/^\d{1,19}$/, 'must be a snapshot id in decimal')
    .optional(),
};

function exclusive(asked: { branch?: string | undefined; snapshot?: string | undefined }): boolean {
  return asked.branch === undefined || asked.snapshot === undefined;
}

const question = {
  /** One SELECT. Tables are `layer.name` or `namespace.layer.name`. */
  sql: z.string().trim().min(1).max(SQL_MAX_LENGTH),
  /** Where `layer.name` is looked up. */
  namespace: homeNamespace,
  limit: z.number().int().min(1).max(QUERY_ROWS_MAX).default(QUERY_ROWS_DEFAULT),
  ...version,
};

const ONE_VERSION = { path: ['snapshot'], error: 'must not be combined with branch' };

/** A query as the API sends it to a runner, without the form of its rows. */
export const queryRequest = z.strictObject(question).refine(exclusive, ONE_VERSION);

/** The body of POST /query. */
export const queryBody = z
  .strictObject({
    ...question,
    /** How the rows of a JSON answer are written. */
    rows_as: z.enum(ROWS_AS).default('objects'),
  })
  .refine(exclusive, ONE_VERSION)
  .meta({ id: 'QueryBody' });

/** What `Result-Rows` and `Result-Truncated` say of an answer that is no JSON. */
export const RESULT_HEADERS = {
  'Result-Rows': { description: 'The number of rows; not with JSON' },
  'Result-Truncated': {
    description: '`true` when the query had more rows than `limit`; not with JSON',
  },
};

/** The media type of each format of rows. */
export const ROW_MEDIA_TYPES = {
  json: 'application/json',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
} as const;

/** The query of GET /tables/…/preview. */
export const previewQuery = z
  .strictObject({
    limit: wholeOrAbsent(QUERY_ROWS_MAX)
      .transform((rows) => rows ?? PREVIEW_ROWS_DEFAULT)
      .meta({
        override: {
          type: 'integer',
          minimum: 1,
          maximum: QUERY_ROWS_MAX,
          default: PREVIEW_ROWS_DEFAULT,
        },
      }),
    format: rowFormat,
    rows_as: rowsAs,
    ...version,
  })
  .refine(exclusive, ONE_VERSION);

/** The query of POST /query. */
export const queryQuery = z.strictObject({ format: rowFormat });

/**
 * Rows as objects whose keys are the names of `columns`, which are distinct then; or as arrays in the order of `columns`.
 * Booleans, strings and numbers up to 32 bits, and doubles, are JSON's own. In an array, what JSON cannot hold without
 * loss (64-bit integers, decimals, dates, times, UUIDs) is text. In an object, an integer of at most 2^53 - 1 and a decimal
 * of at most 15 digits is a number too.
 */
export const queryAnswer = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())])),
    row_count: z.number().int().nonnegative(),
    /** The same number, by the name that other clients read. */
    total_rows: z.number().int().nonnegative(),
    /** Whether the query had more rows than `limit`, or than fit into an answer. */
    truncated: z.boolean(),
    duration_ms: z.number().int().nonnegative(),
  })
  .meta({ id: 'QueryResult' });
