import { z } from 'zod';
import { slug } from '../common.ts';
import { rowFormat, wholeOrAbsent } from './list-queries.ts';
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

/** The body of POST /query. */
export const queryBody = z
  .strictObject({
    /** One SELECT. Tables are `layer.name` or `"namespace".layer.name`. */
    sql: z.string().trim().min(1).max(SQL_MAX_LENGTH),
    /** Where `layer.name` is looked up. */
    namespace: slug.default('default'),
    limit: z.number().int().min(1).max(QUERY_ROWS_MAX).default(QUERY_ROWS_DEFAULT),
    ...version,
  })
  .refine(exclusive, { path: ['snapshot'], error: 'must not be combined with branch' })
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
    ...version,
  })
  .refine(exclusive, { path: ['snapshot'], error: 'must not be combined with branch' });

/** The query of POST /query. */
export const queryQuery = z.strictObject({ format: rowFormat });

/**
 * Rows as arrays in the order of `columns`. Booleans, strings and numbers up to 32 bits, and doubles, are JSON's own;
 * what JSON cannot hold without loss (64-bit integers, decimals, dates, times, UUIDs) is text.
 */
export const queryAnswer = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.unknown())),
    row_count: z.number().int().nonnegative(),
    /** Whether the query had more rows than `limit`, or than fit into an answer. */
    truncated: z.boolean(),
    duration_ms: z.number().int().nonnegative(),
  })
  .meta({ id: 'QueryResult' });
