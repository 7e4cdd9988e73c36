import { QUALITY_SEVERITIES, QUALITY_STATUSES } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';

const count = z.number().int().nonnegative();

/** The result of one quality test in one run. */
export const qualityResultResponse = z
  .object({
    name: z.string(),
    severity: z.enum(QUALITY_SEVERITIES),
    status: z.enum(QUALITY_STATUSES),
    description: z.string().nullable(),
    tags: z.array(z.string()),
    remediation: z.string().nullable(),
    /** Null for a test that could not run. */
    violations: count.nullable(),
    /** The first violations, each value as text. */
    sample: z.object({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.string().nullable())),
    }),
    duration_ms: count,
    /** Why the test could not run; null when it ran. */
    message: z.string().nullable(),
  })
  .meta({ id: 'QualityResult' });
export type QualityResultResponse = z.infer<typeof qualityResultResponse>;

/** The answer of GET /runs/{id}/quality. */
export const runQuality = z
  .object({
    run_id: z.uuid(),
    results: z.array(qualityResultResponse),
    summary: z.object({ passed: count, failed: count, warned: count, error: count }),
  })
  .meta({ id: 'RunQuality' });
export type RunQuality = z.infer<typeof runQuality>;

/** A result with its run and its time. */
export const qualityHistoryEntry = qualityResultResponse
  .extend({
    run_id: z.uuid(),
    attempt: z.number().int().positive(),
    at: timestamp,
  })
  .meta({ id: 'QualityHistoryEntry' });
export type QualityHistoryEntry = z.infer<typeof qualityHistoryEntry>;

/** The answer of GET /pipelines/{namespace}/{layer}/{name}/tests/{test}/history, newest first. */
export const testHistory = z
  .object({ results: z.array(qualityHistoryEntry), total: count })
  .meta({ id: 'TestHistoryPage' });
export type TestHistory = z.infer<typeof testHistory>;

/** A test of a pipeline's current version. */
export const pipelineTest = z
  .object({
    name: z.string(),
    /** `sql`, or the key of a built-in test. */
    kind: z.enum([
      'sql',
      'not_null',
      'unique',
      'accepted_values',
      'relationships',
      'row_count',
      'freshness',
    ]),
    severity: z.enum(QUALITY_SEVERITIES),
    description: z.string().nullable(),
    tags: z.array(z.string()),
    remediation: z.string().nullable(),
    /** Null until a run has run the test. */
    last_result: qualityHistoryEntry.nullable(),
  })
  .meta({ id: 'PipelineTest' });
export type PipelineTest = z.infer<typeof pipelineTest>;

/** The answer of GET /pipelines/{namespace}/{layer}/{name}/tests. */
export const pipelineTests = z
  .object({ tests: z.array(pipelineTest), total: count })
  .meta({ id: 'PipelineTests' });
export type PipelineTests = z.infer<typeof pipelineTests>;
