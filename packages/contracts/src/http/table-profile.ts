import { z } from 'zod';
import { layer, timestamp } from '../common.ts';

const count = z.number().int().nonnegative();

/** A number, or a date or time in ISO 8601. */
const place = z.union([z.number(), z.string()]);

/** What the values of a column are like. */
export const columnProfile = z
  .object({
    id: z.number().int(),
    name: z.string(),
    /** As Iceberg spells it. */
    type: z.string(),
    nulls: count,
    /** The number of different values, as an estimate with an error of a few per cent. */
    distinct: count,
    /** As text of at most 200 characters; null for a column without values, or of a type without order. */
    min: z.string().nullable(),
    max: z.string().nullable(),
    /**
     * At most 20 ranges of equal width, of numbers, dates and times; ranges without values are left
     * out. `from` belongs to its range, and `to` only to the last one. Null for other types.
     */
    histogram: z.array(z.object({ from: place, to: place, rows: count })).nullable(),
    /**
     * At most 20 frequent values of texts and booleans, the most frequent first. Their counts are
     * exact; that they are the most frequent ones is an estimate. Null for other types.
     */
    top_values: z.array(z.object({ value: z.string(), rows: count })).nullable(),
  })
  .meta({ id: 'ColumnProfile' });
export type ColumnProfile = z.infer<typeof columnProfile>;

/** The answer of GET /tables/{namespace}/{layer}/{name}/profile. */
export const tableProfile = z
  .object({
    namespace: z.string(),
    layer,
    name: z.string(),
    /** The version of main that it describes. */
    snapshot_id: z.string(),
    rows: count,
    columns: z.array(columnProfile),
    /** Columns beyond the first 250, which have no profile. */
    columns_skipped: count,
    distinct_is_approximate: z.literal(true),
    computed_at: timestamp,
    /** Whether it was computed before: a profile is kept until the next version is asked for. */
    cached: z.boolean(),
  })
  .meta({ id: 'TableProfile' });
export type TableProfile = z.infer<typeof tableProfile>;
