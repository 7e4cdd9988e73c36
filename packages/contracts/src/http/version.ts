import { RUN_STATUSES } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';
import { ratedIssue } from './authoring.ts';
import {
  configText,
  pipelineConfig,
  qualityTest,
  SQL_MAX_LENGTH,
  TESTS_MAX,
} from '../pipeline-files/pipeline-files.ts';
import { versionNote } from './version-note.ts';

/** The body of POST …/rollback. */
export const rollbackBody = versionNote
  .extend({
    /** The version whose content becomes the newest version. */
    version: z.number().int().positive().max(999_999_999),
  })
  .meta({ id: 'RollbackBody' });

export const rollbackAnswer = z
  .object({
    status: z.literal('rolled_back'),
    /** The version whose content is current again. */
    from_version: z.number().int().positive(),
    /** The current version now; unchanged when the content was current already. */
    new_version: z.number().int().positive(),
    message: z.string(),
  })
  .meta({ id: 'RollbackResult' });
export type RollbackAnswer = z.infer<typeof rollbackAnswer>;

/** A version of a pipeline in a list. */
export const versionSummary = z
  .object({
    id: z.uuid(),
    pipeline_id: z.uuid(),
    version: z.number().int().positive(),
    /** The same as `version`. */
    version_number: z.number().int().positive(),
    author: z.string().nullable(),
    /** Empty when no reason was given. */
    message: z.string(),
    created_at: timestamp,
    content_hash: z.string(),
    /** The id of the version, by the path of each of its files. */
    published_versions: z.record(z.string(), z.uuid()),
    is_current: z.boolean(),
    /** The runs of this version that are still kept. */
    runs: z.number().int().nonnegative(),
  })
  .meta({ id: 'PipelineVersionSummary' });
export type VersionSummary = z.infer<typeof versionSummary>;

export const versionList = z
  .object({ versions: z.array(versionSummary), total: z.number().int().nonnegative() })
  .meta({ id: 'PipelineVersionPage' });
export type VersionList = z.infer<typeof versionList>;

/** A version of a pipeline with its files. */
export const versionDetail = versionSummary
  .extend({
    sql: z.string(),
    config: pipelineConfig,
    quality_tests: z.array(qualityTest),
    /** `config.yaml` as its author wrote it; null when the settings were sent as JSON. */
    config_yaml: z.string().nullable(),
    /** The newest run of this version. */
    last_run: z
      .object({ id: z.uuid(), status: z.enum(RUN_STATUSES), created_at: timestamp })
      .nullable(),
  })
  .meta({ id: 'PipelineVersion' });
export type VersionDetail = z.infer<typeof versionDetail>;

/** A setting that two versions do not share; null where it is not set. */
const settingChange = z.object({ key: z.string(), from: z.unknown(), to: z.unknown() });

/** What changed from one version to another. What is equal is left out. */
export const versionDiff = z
  .object({
    from: versionSummary,
    to: versionSummary,
    files: z.array(
      z.object({
        path: z.string(),
        status: z.enum(['added', 'removed', 'changed']),
        /** Lines that only the newer file has, and only the older one. */
        added: z.number().int().nonnegative(),
        removed: z.number().int().nonnegative(),
        /** A unified diff with three lines of context; empty when only settings differ. */
        diff: z.string(),
        /** The settings of a quality test that differ. */
        settings: z.array(settingChange),
      }),
    ),
    /** The settings of the pipeline that differ. */
    config: z.array(settingChange),
  })
  .meta({ id: 'PipelineVersionDiff' });
export type VersionDiffAnswer = z.infer<typeof versionDiff>;

/** What a publish of the draft would change. What is equal is left out. */
export const draftDiff = versionDiff
  .omit({ from: true, to: true })
  .extend({
    /** The version that the draft is compared with; null while none is published. */
    from: versionSummary.nullable(),
    /** The version that the draft was begun from; a publish is refused when another one is current. */
    base_version: z.number().int().nonnegative(),
  })
  .meta({ id: 'PipelineDraftDiff' });
export type DraftDiffAnswer = z.infer<typeof draftDiff>;

/** SQL of a draft. */
export const draftText = z
  .string()
  .max(SQL_MAX_LENGTH)
  .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

/**
 * The body of PUT …/draft: that of a PUT, whose values may still be wrong. It is stored as it is, and
 * the answer lists what a publish would refuse.
 */
export const putDraftBody = z
  .strictObject({
    sql: draftText,
    /** Settings, or the text of a `config.yaml`. */
    config: z
      .union([configText, z.record(z.string(), z.unknown())], {
        error: 'must be an object of settings, or the text of a config.yaml',
      })
      .optional(),
    quality_tests: z
      .array(z.looseObject({ name: z.string().max(128), sql: draftText }))
      .max(TESTS_MAX)
      .optional(),
    /** The version that the draft builds on; 0: there was no pipeline. */
    base_version: z.number().int().nonnegative().max(1_000_000_000).nullish(),
    ...versionNote.shape,
  })
  .meta({ id: 'PutPipelineDraftBody' });

/** Unpublished content of a pipeline. */
export const pipelineDraft = z
  .object({
    sql: z.string(),
    config: z.record(z.string(), z.unknown()),
    quality_tests: z.array(z.record(z.string(), z.unknown())),
    /** `config.yaml` as its author wrote it; null when the settings were sent as JSON. */
    config_yaml: z.string().nullable(),
    /** The version that the draft was begun from; 0: there was no pipeline. */
    base_version: z.number().int().nonnegative(),
    author: z.string().nullable(),
    message: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    /** What is wrong with the draft. Without an error among it, the draft can be published. */
    issues: z.array(ratedIssue),
  })
  .meta({ id: 'PipelineDraft' });
export type PipelineDraftAnswer = z.infer<typeof pipelineDraft>;
