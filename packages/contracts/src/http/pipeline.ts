import { RUN_DISPOSITIONS } from '@rat/domain';
import { z } from 'zod';
import { bodyNamespace, layer, slug, timestamp } from '../common.ts';
import {
  configText,
  pipelineConfig,
  pipelineContent,
  qualityTest,
  SQL_MAX_LENGTH,
} from '../pipeline-files/pipeline-files.ts';
import { ratedIssue } from './authoring.ts';
import { automationText } from './automation.ts';
import { runStatus } from './run.ts';
import { ownerName } from './namespace.ts';
import { versionNote } from './version-note.ts';

/** Versions are never removed; this is the greatest number that one can have. */
export const VERSIONS_MAX = 999_999_999;

/** The body of PUT /pipelines/{namespace}/{layer}/{name}. */
export const putPipelineBody = pipelineContent.extend({
  ...versionNote.shape,
  /**
   * The text of an `automation.yaml`, which is no part of the version. Left out: the pipeline's schedules
   * and triggers stay as they are; null or empty: those of an earlier file are removed.
   */
  automation_yaml: automationText.nullish(),
});
export type PutPipelineBody = z.infer<typeof putPipelineBody>;

/**
 * That body, for the document. `config` may also be the text of a `config.yaml`, which is kept with its
 * comments. A union does not know which of its sides a wrong value was meant for, so it parses nothing.
 */
export const documentedPutBody = putPipelineBody
  .extend({ config: z.union([configText, pipelineConfig]).optional() })
  .meta({ id: 'PutPipelineBody' });

/**
 * The body of POST /pipelines. Its names are those of the clients of another platform, so an empty text
 * counts as absent.
 */
export const createPipelineBody = z
  .strictObject({
    namespace: bodyNamespace,
    layer,
    name: slug,
    /** Only `sql`. */
    type: z.string().max(100).optional(),
    /** The SQL of the draft; it may have any mistake. */
    source: z
      .string()
      .max(SQL_MAX_LENGTH)
      .refine((text) => !text.includes('\0'), 'must not contain the character NUL')
      .nullish(),
    /** Sets `unique_key` of the draft, and `merge_strategy: incremental`, which uses it. */
    unique_key: z.union([z.string(), z.array(z.string())]).nullish(),
    description: z.string().max(5_000).nullish(),
  })
  .meta({ id: 'CreatePipelineBody' });

export const createPipelineAnswer = z
  .object({
    namespace: z.string(),
    layer,
    name: z.string(),
    /** Where its files are in `/files`; no place of an object store. */
    s3_path: z.string(),
    /** The files that its draft has from this request. */
    files_created: z.array(z.string()),
  })
  .meta({ id: 'CreatePipelineResult' });
export type CreatePipelineAnswer = z.infer<typeof createPipelineAnswer>;

/**
 * The body of PUT /pipelines/{namespace}/{layer}/{name} that has no files: it changes the words about
 * the pipeline. A field that is left out stays as it is; null or an empty text clears it.
 */
export const putPipelineFacts = z
  .strictObject({
    description: z.string().max(5_000).nullish(),
    /** Only `sql`. */
    type: z.string().max(100).optional(),
    owner: z.union([ownerName, z.literal('')]).nullish(),
    ...versionNote.shape,
  })
  .meta({ id: 'PutPipelineFacts' });
export type PutPipelineFacts = z.infer<typeof putPipelineFacts>;

/** A pipeline in a list. */
export const pipelineSummary = z
  .object({
    id: z.uuid(),
    namespace: z.string(),
    layer,
    name: z.string(),
    /** Empty without one. */
    description: z.string(),
    type: z.literal('sql'),
    owner: z.string().nullable(),
    /** Where its files are in `/files`; no place of an object store. */
    s3_path: z.string(),
    /** 0 while no version is published. */
    version: z.number().int().nonnegative(),
    /** When the current version was published; null while there is none. */
    published_at: timestamp.nullable(),
    /** The id of the current version, by each path that has a file in it. */
    published_versions: z.record(z.string(), z.uuid()),
    /** Versions are never removed: the greatest number that one can have. */
    max_versions: z.number().int().positive(),
    created_at: timestamp,
    updated_at: timestamp,
    /** Whether it has a draft, which is not published yet. */
    draft_dirty: z.boolean(),
  })
  .meta({ id: 'PipelineSummary' });
export type PipelineSummary = z.infer<typeof pipelineSummary>;

/** A pipeline with the files of its current version. */
export const pipelineDetail = pipelineSummary
  .extend({
    sql: z.string(),
    config: pipelineConfig,
    quality_tests: z.array(qualityTest),
    /** `config.yaml` as its author wrote it; null when the settings were sent as JSON. */
    config_yaml: z.string().nullable(),
    /** `automation.yaml` as its author wrote it; it is no part of the version. */
    automation_yaml: z.string().nullable(),
    content_hash: z.string(),
    /** The author of the current version, and the reason for it. */
    version_author: z.string().nullable(),
    version_message: z.string().nullable(),
  })
  .meta({ id: 'Pipeline' });
export type PipelineDetail = z.infer<typeof pipelineDetail>;

/** The answer to PUT: the pipeline as it now is, and what the request changed. */
export const putPipelineAnswer = pipelineDetail
  .extend({
    result: z.enum(['created', 'updated', 'unchanged']),
    /** What would fail as the tables are now, and what could not be checked. */
    warnings: z.array(ratedIssue),
  })
  .meta({ id: 'PutPipelineResult' });
export type PutPipelineAnswer = z.infer<typeof putPipelineAnswer>;

/** The answer to POST …/publish: that of a PUT, and the keys that other clients read. */
export const publishAnswer = putPipelineAnswer
  .extend({
    status: z.literal('published'),
    /** The reason for the version; empty when none was given. */
    message: z.string(),
    /** The id of the version, by the path of each of its files. */
    versions: z.record(z.string(), z.uuid()),
  })
  .meta({ id: 'PublishResult' });
export type PublishAnswer = z.infer<typeof publishAnswer>;

const count = z.number().int().nonnegative();

/** How the newest runs of a pipeline went; maintenance and audits are not among them. */
export const pipelineHealth = z
  .object({
    /** At most 30, newest first. */
    runs: z.array(
      z.object({
        id: z.uuid(),
        status: runStatus,
        created_at: timestamp,
        duration_ms: count.nullable(),
        /** Where its rows are, as in the list of runs; null where the status is enough. */
        disposition: z.enum(RUN_DISPOSITIONS).nullable(),
      }),
    ),
    /** Durations of the successful ones among them; null without one. */
    p50_ms: count.nullable(),
    p95_ms: count.nullable(),
    /** The results of the newest run or audit that executed tests; null without one. */
    tests: z
      .object({
        run_id: z.uuid(),
        at: timestamp,
        passed: count,
        failed: count,
        warned: count,
        error: count,
      })
      .nullable(),
    /** When the earliest of its schedules fires next; null without one that fires. */
    next_fire_at: timestamp.nullable(),
    /**
     * Its table after the run that changed it last, as that run counted its rows. Null without one, and after a person has published
     * or reverted by hand, until the next run: `GET /tables/{namespace}/{layer}/{name}` always has the rows that are there.
     */
    table: z.object({ rows: count, run_id: z.uuid(), at: timestamp }).nullable(),
  })
  .meta({ id: 'PipelineHealth' });

export const pipelineList = z
  .object({
    pipelines: z.array(
      pipelineSummary.extend({
        /** Only with `include=health`. */
        health: pipelineHealth.optional(),
      }),
    ),
    total: z.number().int().nonnegative(),
  })
  .meta({ id: 'PipelinePage' });
export type PipelineList = z.infer<typeof pipelineList>;
