import { MERGE_STRATEGIES } from '@rat/domain';
import { z } from 'zod';
import { builtInTest } from './built-in-test.ts';
import { poolName, slug } from '../common.ts';
import { paramSpecs } from './params.ts';
import { testFacts } from './test-facts.ts';

/** How far a pipeline, or the caller of one run, may go. */
export const MAX_TIMEOUT_SECONDS = 86_400;
export const MAX_CONCURRENCY = 1_000;
export const MAX_RETRIES = 20;
export const MAX_RETRY_DELAY_SECONDS = 3_600;

/** How a column's values become a partition's; `truncate[n]` is the one that has a number. */
export const PARTITION_TRANSFORMS = [
  'identity',
  'year',
  'month',
  'day',
  'hour',
  'truncate[n]',
] as const;

const partitionTransform = z
  .string()
  .refine((text) => /^(?:identity|year|month|day|hour|truncate\[[1-9]\d{0,8}\])$/.test(text), {
    error: ({ input }) =>
      `${String(input)} is not offered; the transforms are ${PARTITION_TRANSFORMS.join(', ')}`,
  });

/**
 * A number as JSON and YAML have it, or as the digits of an annotation. Nothing else is made a number: `true` is not 1,
 * and `0x10`, `1e3` and `007` are slips.
 */
function writtenNumber<S extends z.ZodType>(digits: RegExp, number: S) {
  return z.preprocess(
    (value) => (typeof value === 'string' && digits.test(value) ? Number(value) : value),
    number,
  );
}

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}, in decimal digits`;
  return writtenNumber(
    /^(?:0|[1-9]\d{0,14})$/,
    z.int({ error }).min(min, { error }).max(max, { error }),
  );
}

function decimalNumber(min: number, max: number) {
  const error = `must be a number from ${min} to ${max}, in decimal digits`;
  const digits = /^(?!.{17})(?:0|[1-9]\d*)(?:\.\d+)?$/;
  return writtenNumber(digits, z.number({ error }).min(min, { error }).max(max, { error }));
}

/** What happens to a result whose columns differ from the table's. */
export const SCHEMA_CHANGES = ['evolve', 'fail', 'ignore'] as const;

/** The longest SQL text of a pipeline or a test, in characters. */
export const SQL_MAX_LENGTH = 500_000;

/** The most quality tests that a pipeline has of either kind. */
export const TESTS_MAX = 200;

/** The longest `config.yaml`, in characters. */
const CONFIG_MAX_LENGTH = 100_000;

/** The text of a `config.yaml`; Postgres cannot store NUL. */
export const configText = z
  .string()
  .max(CONFIG_MAX_LENGTH)
  .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

/** More columns than any key has. A list without a limit could take seconds to refuse. */
const KEY_COLUMNS_MAX = 1_000;

/** SQL of a pipeline or a test; Postgres cannot store NUL. */
export const sqlText = z
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
    unique_key: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(KEY_COLUMNS_MAX)], {
        error: 'must be a column, several separated by commas, or a list of columns',
      })
      .optional(),
    /** The column whose values in the result are replaced as a whole. */
    partition_column: z.string().min(1).optional(),
    /** How the table's files are divided: columns, or columns with a transform; as text, columns separated by commas. */
    partition_by: z
      .union([
        z.string().min(1),
        z
          .array(
            z.union([
              z.string().min(1),
              z.strictObject({
                column: z.string().min(1),
                transform: partitionTransform.optional(),
              }),
            ]),
          )
          .max(10),
      ])
      .optional(),
    /** What happens to a result whose columns differ from the table's: the table follows, the run fails, or they go. */
    on_schema_change: z.enum(SCHEMA_CHANGES).optional(),
    /** The column whose greatest value in the table is the template's `watermark_value`. */
    watermark_column: z.string().min(1).optional(),
    /** Whether a result without rows empties the table. */
    on_empty: z.enum(['replace', 'keep']).optional(),
    /** What becomes of the current version of a key that the result lacks. */
    on_missing: z.enum(['keep', 'close']).optional(),
    /** The columns for the start and the end of the validity of a version. */
    scd_valid_from: z.string().min(1).optional(),
    scd_valid_to: z.string().min(1).optional(),
    /** Whether files move to `_processed/` when the run that read them is published; text in an annotation. */
    archive_landing_zones: z
      .union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })], {
        error: 'must be true or false',
      })
      .optional(),
    /** The longest one attempt may take, seconds. */
    timeout_seconds: wholeNumber(1, MAX_TIMEOUT_SECONDS).optional(),
    /** Further attempts after a failure that may pass by itself. */
    max_retries: wholeNumber(0, MAX_RETRIES).optional(),
    /** How many of its runs run at once, and what becomes of one that is too many. */
    concurrency: z
      .strictObject({
        limit: wholeNumber(1, MAX_CONCURRENCY).optional(),
        on_conflict: z.enum(['queue', 'skip', 'replace']).optional(),
      })
      .optional(),
    /** The runners that execute it: those that were started for this pool. */
    pool: poolName.optional(),
    /** The pause before the first further attempt, seconds; it doubles from there. */
    retry_delay_seconds: decimalNumber(0, MAX_RETRY_DELAY_SECONDS).optional(),
    /** What a run may be given, by name; the template reads it with `param('name')`. */
    params: paramSpecs.optional(),
    /** Quality tests without SQL. */
    tests: z.array(builtInTest).max(TESTS_MAX).optional(),
  })
  .meta({ id: 'PipelineConfig' });
export type PipelineConfig = z.infer<typeof pipelineConfig>;

/** One `tests/quality/<name>.sql`: a query that answers the rows which violate it. */
export const qualityTest = z
  .strictObject({
    name: slug,
    sql: sqlText,
    ...testFacts,
    severity: testFacts.severity.default('error'),
  })
  .meta({ id: 'QualityTest' });
export type QualityTest = z.infer<typeof qualityTest>;

/** The files of a pipeline in a request. */
export const pipelineContent = z.strictObject({
  sql: sqlText,
  config: pipelineConfig.optional(),
  quality_tests: z.array(qualityTest).max(TESTS_MAX).optional(),
});
