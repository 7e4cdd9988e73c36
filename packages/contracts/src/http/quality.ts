import { QUALITY_SEVERITIES, QUALITY_STATUSES, RUN_STATUSES } from '@rat/domain';
import { z } from 'zod';
import { slug, timestamp } from '../common.ts';
import { sqlText } from '../pipeline-files/pipeline-files.ts';
import { testFacts } from '../pipeline-files/test-facts.ts';
import { versionNote } from './version-note.ts';

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

/** The most rows of one page of failing rows. */
export const FAILING_ROWS_MAX = 1_000;

/** The answer of GET /runs/{id}/quality/{test}/rows. */
export const failingRows = z
  .object({
    run_id: z.uuid(),
    test: z.string(),
    /** How many rows the test found in the run; null for a test that could not run. */
    violations: count.nullable(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.unknown())),
    /** Whether there are more rows behind these. */
    truncated: z.boolean(),
  })
  .meta({ id: 'FailingRows' });
export type FailingRows = z.infer<typeof failingRows>;

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

/** A test of a pipeline's current version; of its draft while it has no version. */
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
    /** As its author wrote it; empty for a built-in test. */
    sql: z.string(),
    /** Whether runs execute it: false only while the pipeline has no version. */
    published: z.boolean(),
    severity: z.enum(QUALITY_SEVERITIES),
    /** Empty without one. */
    description: z.string(),
    tags: z.array(z.string()),
    /** Empty without one. */
    remediation: z.string(),
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

const testSeverity = z.preprocess(
  // A common spelling, also of the annotation in a test's file.
  (text) => (text === 'warning' ? 'warn' : text),
  z.enum(QUALITY_SEVERITIES, { error: 'must be error or warn' }),
);

/** The body of POST …/tests. */
export const createTestBody = z
  .strictObject({
    name: slug,
    sql: sqlText,
    ...testFacts,
    severity: testSeverity.nullish(),
    description: testFacts.description.nullable(),
    ...versionNote.shape,
  })
  .meta({ id: 'CreateTestBody' });

export const createTestAnswer = z
  .object({
    name: z.string(),
    severity: z.enum(QUALITY_SEVERITIES),
    /** Where its file is in `/files`. */
    path: z.string(),
    /** Whether runs execute it: false while the pipeline has no version. */
    published: z.boolean(),
  })
  .meta({ id: 'CreateTestResult' });
export type CreateTestAnswer = z.infer<typeof createTestAnswer>;

/**
 * The answer of POST …/tests/run. While `status` is `pending` or `running`, there are no results yet: the
 * request did not wait for the end of the audit.
 */
export const auditAnswer = z
  .object({
    run_id: z.uuid(),
    /** Of the run, at the time of the answer. */
    status: z.enum(RUN_STATUSES),
    results: z.array(
      z.object({
        name: z.string(),
        status: z.enum(QUALITY_STATUSES),
        severity: z.enum(QUALITY_SEVERITIES),
        /** The rows that violate the test; null for one that could not run. */
        value: count.nullable(),
        expected: count,
        duration_ms: count,
      }),
    ),
    passed: count,
    /** All that did not pass; those of severity `warn` too. */
    failed: count,
    total: count,
    /** Why the audit could not run its tests. */
    error: z.string().optional(),
  })
  .meta({ id: 'AuditResult' });
export type AuditAnswer = z.infer<typeof auditAnswer>;
