import { z } from 'zod';
import { layer } from '../common.ts';
import { wholeOrAbsent } from './query-parameters.ts';

const count = z.number().int().nonnegative();

export const DIFF_ROWS_MAX = 100;
export const DIFF_ROWS_DEFAULT = 20;
const KEY_COLUMNS_MAX = 20;

/** A version of a table: a snapshot id in decimal, or the name of a branch or a tag. */
export const tableVersion = z.string().min(1).max(200);

/** The columns that tell rows apart; empty: whole rows are compared. */
export const diffKey = z.array(z.string().min(1).max(1_000)).max(KEY_COLUMNS_MAX);

/** The query of GET /tables/{namespace}/{layer}/{name}/diff. */
export const tableDiffQuery = z.strictObject({
  /** The older version: a snapshot id, or the name of a branch or a tag. */
  from: tableVersion,
  /** The newer version; main where it is absent. */
  to: tableVersion.default('main'),
  /** The key columns, separated by commas; the pipeline's `unique_key` where it is absent. */
  key: z
    .string()
    .max(10_000)
    .transform((text) => (text === '' ? [] : text.split(',').map((name) => name.trim())))
    .pipe(diffKey)
    .optional()
    .meta({ override: { type: 'string' } }),
  limit: wholeOrAbsent(DIFF_ROWS_MAX)
    .transform((rows) => rows ?? DIFF_ROWS_DEFAULT)
    .meta({
      override: { type: 'integer', minimum: 1, maximum: DIFF_ROWS_MAX, default: DIFF_ROWS_DEFAULT },
    }),
});

const column = z.object({ name: z.string(), type: z.string() });

/** A row that differs, with its values as in an answer of a query, in the order of `columns`. */
export const differentRow = z
  .object({
    change: z.enum(['added', 'removed', 'changed']),
    /** Null for an added row. */
    before: z.array(z.unknown()).nullable(),
    /** Null for a removed row. */
    after: z.array(z.unknown()).nullable(),
    /** The columns whose value changed; only for a changed row. */
    changed_columns: z.array(z.string()).optional(),
  })
  .meta({ id: 'DifferentRow' });
export type DifferentRow = z.infer<typeof differentRow>;

/** The answer of GET /tables/{namespace}/{layer}/{name}/diff. */
export const tableDiff = z
  .object({
    namespace: z.string(),
    layer,
    name: z.string(),
    from_snapshot_id: z.string(),
    to_snapshot_id: z.string(),
    /** The columns by which rows were matched; empty: whole rows were compared, and none is `changed`. */
    key: z.array(z.string()),
    rows_added: count,
    rows_removed: count,
    rows_changed: count,
    /** The columns that both versions have. Only these are compared; types are those of `to`. */
    columns: z.array(column),
    columns_added: z.array(column),
    columns_removed: z.array(column),
    /** Compared as text, because their type is another one. */
    columns_retyped: z.array(z.string()),
    /** Rows of every kind of change that there is, at most `limit` together. */
    sample: z.array(differentRow),
  })
  .meta({ id: 'TableDiff' });
export type TableDiff = z.infer<typeof tableDiff>;
