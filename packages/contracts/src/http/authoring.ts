import { parseRef } from '@rat/domain';
import { z } from 'zod';
import { bodyNamespace, issue, layer, slug, timestamp, zoned } from '../common.ts';
import { automationText } from './automation.ts';
import { createRunBody } from './create-run.ts';
import { landingFileName } from './landing.ts';
import { previewDifference } from './preview-difference.ts';
import { qualityResultResponse } from './quality.ts';
import { paramSpecs } from '../pipeline-files/params.ts';
import {
  configText,
  SQL_MAX_LENGTH,
  sqlText,
  TESTS_MAX,
} from '../pipeline-files/pipeline-files.ts';

/** The pipeline that the files are for: it need not exist. */
export const unsavedRef = z.strictObject({ namespace: bodyNamespace, layer, name: slug });

/**
 * The files of a pipeline that is not stored: the body of its PUT. So an editor sends one object to both, and the `path`
 * of an issue is the same in both answers: `sql`, `config.<key>`, `quality_tests.<name>.sql`. `config` may also be the
 * text of a `config.yaml`; only then have the mistakes in it a line and a column.
 */
export const unsavedFiles = z.strictObject({
  sql: sqlText,
  config: z.union([configText, z.record(z.string(), z.unknown())]).optional(),
  /** A wrong field of a test is an issue, not a wrong request. */
  quality_tests: z
    .array(z.looseObject({ name: slug, sql: sqlText }))
    .max(TESTS_MAX)
    .optional(),
});

/** More than a folder of pipelines has. */
const STORED_WITH_MAX = 10_000;
const REFS_MAX = 1_000;

const address = z
  .string()
  .refine((text) => text.split('.').length === 3 && parseRef(text, '') !== undefined, {
    error: 'must be namespace.layer.name',
  });

/** The body of POST /pipelines/validate. */
export const validateBody = z
  .strictObject({
    ref: unsavedRef,
    /** The text of an `automation.yaml` is checked too; a preview does not need it. */
    files: unsavedFiles.extend({ automation_yaml: automationText.nullish() }),
    /**
     * Whether only the files themselves are checked: templates, settings, automation, and whether what triggers watch exists.
     * No runner is asked about SQL, and cycles with other pipelines are not looked for. Who stores several pipelines checks each
     * in this way before the first: the others change too.
     */
    files_only: z.boolean().default(false),
    /**
     * The pipelines that are stored together with this one, each with the tables that it will read. Then the check judges as a
     * `PUT` among them does. A cycle is looked for in these refs where they differ from the stored ones. What fails only as
     * the tables are now is a warning, and so is that no runner could check the SQL. Cycles of triggers are not looked for.
     */
    stored_with: z
      .record(address, z.array(address).max(REFS_MAX))
      .refine((pipelines) => Object.keys(pipelines).length <= STORED_WITH_MAX, {
        error: `must have at most ${STORED_WITH_MAX} pipelines`,
      })
      .optional(),
  })
  .meta({ id: 'ValidateBody' });

/** An issue whose severity is always there. */
export const ratedIssue = issue.required({ severity: true }).meta({ id: 'RatedIssue' });
export type RatedIssue = z.infer<typeof ratedIssue>;

export const outputColumn = z.object({ name: z.string(), type: z.string() });

/** What is known of a pipeline before it is stored. */
export const validateAnswer = z
  .object({
    /** Errors first. A pipeline without errors could be stored, and its SQL binds as the tables are now. */
    issues: z.array(ratedIssue),
    /** The tables that the pipeline's SQL reads in any kind of run, as `namespace.layer.name`. */
    refs: z.array(z.string()),
    /** The landing zones of its namespace that it reads. */
    landing_zones: z.array(z.string()),
    /** The facts of a run that its SQL uses, such as `run_started_at`. */
    params: z.array(z.string()),
    /** The parameters that a run of it may be given, by name; none while the settings have a mistake. */
    declared_params: paramSpecs,
    /** The columns of the result; empty while they cannot be known. */
    columns: z.array(outputColumn),
  })
  .meta({ id: 'ValidateResult' });
export type ValidateAnswer = z.infer<typeof validateAnswer>;

/** The most rows that a preview answers. */
export const UNSAVED_PREVIEW_ROWS_MAX = 1_000;

/** The most text that all samples of a preview may have together, in bytes. */
export const SAMPLE_FILES_MAX_BYTES = 512 * 1024;
const SAMPLES_MAX = 20;

/** Text files by the name of the landing zone that they stand for. */
export const sampleFiles = z
  .record(
    slug,
    z.array(z.strictObject({ name: landingFileName, content: z.string() })).max(SAMPLES_MAX),
  )
  .refine((zones) => Object.keys(zones).length <= SAMPLES_MAX, {
    error: `must name at most ${SAMPLES_MAX} landing zones`,
  })
  .refine(
    (zones) => {
      const texts = Object.values(zones).flat();
      return (
        texts.reduce((sum, { content }) => sum + utf8Bytes(content), 0) <= SAMPLE_FILES_MAX_BYTES
      );
    },
    { error: `must be at most ${SAMPLE_FILES_MAX_BYTES / 1024} kB of text in all` },
  )
  .refine(
    (zones) =>
      Object.values(zones).every(
        (files) => new Set(files.map(({ name }) => name)).size === files.length,
      ),
    { error: 'must not have two files of one name in a zone' },
  );

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Others have no form with four digits of the year in every zone. */
const boundOfInterval = zoned.refine(
  (at) => at.getUTCFullYear() >= 1 && at.getUTCFullYear() <= 9_999,
  { error: 'must be in the years 1 to 9999' },
);

/** What a run may have besides its files: a preview takes it under the same names. */
const runInputs = {
  ...createRunBody.pick({ params: true, full_refresh: true }).shape,
  /** The time that the run is about, as an answer about a run has it: from `start` until before `end`. */
  interval: z
    .strictObject({
      start: boundOfInterval,
      end: boundOfInterval,
      /** The date of `start` in UTC unless given. */
      logical_date: z.iso.date({ error: 'must be a date such as 2026-11-29' }).nullish(),
    })
    .refine(({ start, end }) => start < end, { path: ['end'], error: 'must be after start' })
    .meta({ id: 'PreviewInterval' })
    .nullish(),
};

/** The body of POST /pipelines/preview. */
export const previewBody = z
  .strictObject({
    ref: unsavedRef,
    files: unsavedFiles,
    limit: z.number().int().min(1).max(UNSAVED_PREVIEW_ROWS_MAX).default(100),
    /** Instead of the files that wait in these zones; other zones are read as they are. */
    sample_files: sampleFiles.optional(),
    /** Whether the answer has where the last statement spent its time. */
    explain: z.boolean().default(false),
    /** Whether the quality tests run, on the table as it would become. They need the whole result. */
    run_tests: z.boolean().default(false),
    /** Whether the result is compared with the table as it is. It needs the whole result. */
    compare: z.boolean().default(false),
    ...runInputs,
  })
  .meta({ id: 'PreviewBody' });

const count = z.number().int().nonnegative();
const rows = z.array(z.array(z.unknown()));

/** What a run of an unsaved pipeline would do; rows as in the answer to a query. */
export const previewAnswer = z
  .object({
    columns: z.array(outputColumn),
    rows,
    /** The rows of the whole result; null where only the first ones were computed and counting the rest took too long. */
    row_count: count.nullable(),
    truncated: z.boolean(),
    phases: z.array(z.object({ name: z.string(), duration_ms: count })),
    profile: z.string().nullable(),
    warnings: z.array(z.string()),
    log: z.array(z.object({ level: z.string(), phase: z.string(), message: z.string() })),
    /** What each quality test found; empty unless asked for. */
    tests: z.array(qualityResultResponse),
    compare: previewDifference.nullable(),
    /** The snapshot of each table that was read, in decimal, by `namespace.layer.name`. */
    input_snapshots: z.record(z.string(), z.string()),
    duration_ms: count,
  })
  .meta({ id: 'PreviewResult' });

/** The body of POST …/{name}/preview; every field may be left out. */
export const storedPreviewBody = z
  .strictObject({
    limit: z.number().int().min(1).max(UNSAVED_PREVIEW_ROWS_MAX).default(100),
    /** Samples of the landing zones that the pipeline reads, by name or path: read instead of the files that wait. */
    sample_files: z.array(z.string().max(1_000)).max(SAMPLES_MAX).nullish(),
    /** SQL instead of that of the draft or the version. */
    code: z.string().max(SQL_MAX_LENGTH).nullish(),
    ...runInputs,
  })
  .meta({ id: 'StoredPreviewBody' });

/** A preview in the form that clients of another platform read: rows are objects, a mistake is an `error`. */
export const storedPreviewAnswer = z
  .object({
    columns: z.array(outputColumn),
    rows: z.array(z.record(z.string(), z.unknown())),
    /** The rows of the whole result, or a lower bound: see `total_row_count_exact`. */
    total_row_count: count,
    /** Whether `total_row_count` was counted. If not, there are at least so many rows. */
    total_row_count_exact: z.boolean(),
    /** Whether there are more rows than the answer has. */
    truncated: z.boolean(),
    phases: z.array(
      z.object({
        name: z.string(),
        duration_ms: count,
        metadata: z.record(z.string(), z.string()).optional(),
      }),
    ),
    /** Where the last statement spent its time. */
    explain_output: z.string(),
    /** The most memory that the process of the preview had. */
    memory_peak_bytes: count,
    logs: z.array(z.object({ timestamp, level: z.string(), message: z.string() })),
    /** The author's mistake, or what kept the pipeline from running; absent when it ran. */
    error: z.string().optional(),
    /** The places of the mistakes. */
    issues: z.array(issue).optional(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'StoredPreviewResult' });
export type StoredPreviewAnswer = z.infer<typeof storedPreviewAnswer>;
