import { z } from 'zod';
import { slug } from './common.ts';

/** How a result meets the table that is there. */
export const MERGE_STRATEGIES = [
  'full_refresh',
  'append_only',
  'incremental',
  'delete_insert',
  'scd2',
  'snapshot',
] as const;
export type MergeStrategy = (typeof MERGE_STRATEGIES)[number];

/** The longest SQL text of a pipeline or a test, in characters. */
export const SQL_MAX_LENGTH = 500_000;

/** SQL of a pipeline or a test; Postgres cannot store NUL. */
const sqlText = z
  .string()
  .min(1)
  .max(SQL_MAX_LENGTH)
  .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

/**
 * A pipeline's `config.yaml`, also what `-- @key: value` annotations may set. Unknown keys are refused: a mistyped
 * key must never silently mean something else.
 */
export const pipelineConfig = z
  .strictObject({
    description: z.string().max(5_000).optional(),
    /** How the result meets the table that is there. */
    merge_strategy: z.enum(MERGE_STRATEGIES).optional(),
    /** What makes a row the same row: one column, several separated by commas, or a list. */
    unique_key: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    /** The column whose values in the result are replaced as a whole. */
    partition_column: z.string().min(1).optional(),
    /** The column whose greatest value in the table is the template's `watermark_value`. */
    watermark_column: z.string().min(1).optional(),
    /** Whether a result without rows empties the table. */
    on_empty: z.enum(['replace', 'keep']).optional(),
    /** What becomes of the current version of a key that the result lacks. */
    on_missing: z.enum(['keep', 'close']).optional(),
    /** The names of the columns that say from when, and until when, a version was valid. */
    scd_valid_from: z.string().min(1).optional(),
    scd_valid_to: z.string().min(1).optional(),
    /** Whether the files that a run read are moved to `_processed/` once it is published; an annotation says it as text. */
    archive_landing_zones: z
      .union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })], {
        error: 'must be true or false',
      })
      .optional(),
    /** The longest one attempt may take, seconds. */
    timeout_seconds: z.coerce.number().int().min(1).max(86_400).optional(),
    /** Further attempts after a failure that may pass by itself. */
    max_retries: z.coerce.number().int().min(0).max(20).optional(),
    /** The pause before the first further attempt, seconds; it doubles from there. */
    retry_delay_seconds: z.coerce.number().min(0).max(3_600).optional(),
  })
  .meta({ id: 'PipelineConfig' });
export type PipelineConfig = z.infer<typeof pipelineConfig>;

/** One `tests/quality/<name>.sql`: a query that answers the rows which violate it. */
export const qualityTest = z.strictObject({
  name: slug,
  sql: sqlText,
  severity: z.enum(['error', 'warn']).default('error'),
  description: z.string().max(5_000).optional(),
});
export type QualityTest = z.infer<typeof qualityTest>;

/** The body of PUT /pipelines/{namespace}/{layer}/{name}. */
export const putPipelineBody = z.strictObject({
  sql: sqlText,
  config: pipelineConfig.optional(),
  quality_tests: z.array(qualityTest).max(200).optional(),
});
export type PutPipelineBody = z.infer<typeof putPipelineBody>;
