import { z } from 'zod';
import { slug } from './common.ts';

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
    merge_strategy: z.enum(['full_refresh']).optional(),
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
