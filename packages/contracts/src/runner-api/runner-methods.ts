import { z } from 'zod';
import { checkedIssue, unsavedPipeline } from '../child-ipc/authoring-ipc.ts';
import { runInputs } from '../child-ipc/executor-ipc.ts';
import { layer, pipelineRef, slug, timestamp } from '../common.ts';
import {
  outputColumn,
  previewAnswer,
  sampleFiles,
  storedPreviewAnswer,
  UNSAVED_PREVIEW_ROWS_MAX,
} from '../http/authoring.ts';
import { ROW_FORMATS } from '../http/row-formats.ts';
import { landingFileName, landingZoneList, storedFileList } from '../http/landing.ts';
import {
  landingFileContent,
  landingSampleOfRunner,
  landingSamplesOfRunner,
  landingZoneOfRunner,
} from '../http/landing-zone.ts';
import { maintenanceReport } from '../http/maintenance.ts';
import { FAILING_ROWS_MAX, failingRows } from '../http/quality.ts';
import { queryAnswer, queryRequest } from '../http/query.ts';
import { retentionStatus } from '../http/retention.ts';
import { revertRunAnswer, runActionAnswer, runActionPlan } from '../http/run-action.ts';
import { tableDetail, tableList, tableSchemas } from '../http/table.ts';
import { DIFF_ROWS_MAX, diffKey, tableDiff, tableVersion } from '../http/table-diff.ts';
import { tableProfile } from '../http/table-profile.ts';

/*
 * The runner's HTTP API. The API service has neither the warehouse nor DuckDB, so it forwards requests about data to a
 * runner. A request is a POST of JSON to `<runner>/<method>`, with the runner's key as bearer token, over the
 * channel of `secure-channel.ts`.
 */

/** One namespace, or any of several. A runner of an earlier version refuses several, so it shows nothing of others. */
const namespaces = z.union([slug, z.array(slug).readonly()]);

const zoneFile = { namespace: slug, zone: slug, name: landingFileName };

const page = { limit: z.number().int().positive(), offset: z.number().int().nonnegative() };

/** Queries of one client leave a place for others. */
const client = z.string().max(200).optional();

/** A method that has a process of its own, of which a runner has few places. */
const placed = { quick: false, repeatable: true } as const;

/** The namespaces whose tables exist for the caller; absent: all. */
const mayRead = z.array(slug).optional();

const previewRequest = unsavedPipeline.extend({
  mayRead,
  limit: z.number().int().min(1).max(UNSAVED_PREVIEW_ROWS_MAX),
  sampleFiles: sampleFiles.optional(),
  explain: z.boolean(),
  runTests: z.boolean(),
  compare: z.boolean(),
  client: z.string().max(200).optional(),
  mayWait: z.boolean().default(true),
});

const previewObjectsRequest = previewRequest.extend({
  /** Stored samples that stand for the files of the zones that have them. */
  sampleNames: z.array(z.string()).optional(),
});

const query = {
  request: queryRequest.safeExtend({
    client,
    /** JSON where it is absent, so that a runner of an earlier version answers it too. */
    format: z.enum(ROW_FORMATS).optional(),
    /** The namespaces whose tables exist for the caller; absent: all. A runner of an earlier version refuses it. */
    namespaces: z.array(slug).optional(),
    /** Whether it may wait for a place, which it does not while another runner may have one. */
    mayWait: z.boolean().default(true),
  }),
  answer: queryAnswer,
  ...placed,
} as const;

/** The schemas of a method, and how to call it. */
interface MethodFacts {
  request: z.ZodType;
  answer: z.ZodType;
  /** The answer is read from metadata and takes milliseconds. */
  quick: boolean;
  /**
   * Two runners may carry it out. False for a decision: its second request would be refused as done already, so it is
   * sent to no other runner when the connection to the first one breaks.
   */
  repeatable: boolean;
}

/** Every method, with the shapes of its request and its response. */
export const RUNNER_METHODS = {
  'list-tables': {
    request: z.object({
      namespace: namespaces.optional(),
      layer: layer.optional(),
      /** The dropped tables that can be restored, in place of those that exist. */
      dropped: z.boolean().default(false),
      ...page,
    }),
    answer: tableList,
    quick: true,
    repeatable: true,
  },
  'list-schemas': {
    request: z.object({ namespace: namespaces.optional(), layer: layer.optional() }),
    answer: tableSchemas,
    quick: true,
    repeatable: true,
  },
  'search-warehouse': {
    request: z.object({
      q: z.string(),
      namespace: namespaces.optional(),
      limit: z.number().int().positive(),
    }),
    answer: z.object({
      columns: z.array(pipelineRef.extend({ column: z.string() })),
      files: z.array(z.object({ namespace: slug, zone: slug, name: z.string() })),
      complete: z.boolean(),
    }),
    quick: true,
    repeatable: true,
  },
  'get-table': { request: pipelineRef, answer: tableDetail, quick: true, repeatable: true },
  /** Rows as arrays, or a file. */
  query,
  /** Rows as objects. A method of its own, because a runner of an earlier version would answer arrays. */
  'query-objects': query,
  'validate-pipeline': {
    request: unsavedPipeline.extend({
      mayRead,
      client: z.string().max(200).optional(),
      mayWait: z.boolean().default(true),
    }),
    answer: z.object({ issues: z.array(checkedIssue), columns: z.array(outputColumn) }),
    quick: true,
    repeatable: true,
  },
  'preview-pipeline': { request: previewRequest, answer: previewAnswer, ...placed },
  /** As other clients read a preview. A method of its own, as for queries. */
  'preview-objects': {
    request: previewObjectsRequest,
    answer: storedPreviewAnswer,
    ...placed,
  },
  /** With what a run may be given. Methods of their own, because a runner of an earlier version would ignore that. */
  'preview-run': {
    request: previewRequest.extend(runInputs.shape),
    answer: previewAnswer,
    ...placed,
  },
  'preview-run-objects': {
    request: previewObjectsRequest.extend(runInputs.shape),
    answer: storedPreviewAnswer,
    ...placed,
  },
  'failing-rows': {
    request: z.object({
      runId: z.uuid(),
      test: z.string(),
      limit: z.number().int().min(1).max(FAILING_ROWS_MAX),
      offset: z.number().int().nonnegative(),
      client,
    }),
    answer: failingRows,
    quick: false,
    repeatable: true,
  },
  'profile-table': {
    request: pipelineRef.extend({ client }),
    answer: tableProfile,
    quick: false,
    repeatable: true,
  },
  'diff-table': {
    request: pipelineRef.extend({
      client,
      from: tableVersion,
      to: tableVersion,
      key: diffKey,
      limit: z.number().int().min(1).max(DIFF_ROWS_MAX),
    }),
    answer: tableDiff,
    quick: false,
    repeatable: true,
  },
  'plan-maintenance': {
    request: pipelineRef,
    answer: maintenanceReport,
    quick: false,
    repeatable: true,
  },
  'run-retention': {
    request: z.object({}),
    answer: retentionStatus,
    quick: false,
    repeatable: true,
  },
  'list-landing-zones': {
    request: z.object({ namespace: slug, ...page }),
    answer: landingZoneList,
    quick: false,
    repeatable: true,
  },
  'list-landing-files': {
    request: z.object({ namespace: slug, zone: slug, processed: z.boolean(), ...page }),
    answer: storedFileList,
    quick: false,
    repeatable: true,
  },
  'list-all-landing-zones': {
    request: z.object({ namespace: namespaces.optional(), ...page }),
    answer: z.object({
      landing_zones: z.array(landingZoneOfRunner),
      total: z.number().int().nonnegative(),
    }),
    quick: false,
    repeatable: true,
  },
  'get-landing-zone': {
    request: z.object({ namespace: slug, zone: slug }),
    answer: landingZoneOfRunner,
    quick: false,
    repeatable: true,
  },
  'delete-landing-zone': {
    request: z.object({ namespace: slug, zone: slug, force: z.boolean() }),
    answer: z.object({ deleted: z.literal(true) }),
    quick: false,
    repeatable: false,
  },
  'get-landing-file': {
    request: z.object(zoneFile),
    answer: landingFileContent,
    quick: false,
    repeatable: true,
  },
  'list-landing-samples': {
    request: z.object({ namespace: slug, zone: slug }),
    answer: landingSamplesOfRunner,
    quick: true,
    repeatable: true,
  },
  'put-landing-sample': {
    /** `content` is Base64: a text of 1 MB may take 6 MB as a JSON string. */
    request: z.object({ ...zoneFile, replace: z.boolean(), content: z.base64() }),
    answer: landingSampleOfRunner,
    quick: true,
    repeatable: false,
  },
  'delete-landing-sample': {
    request: z.object(zoneFile),
    answer: z.object({ deleted: z.literal(true) }),
    quick: false,
    repeatable: false,
  },
  'delete-landing-file': {
    request: z.object({
      ...zoneFile,
      /** Deletes the file only if it is this one; a runner of an earlier version goes by the name. */
      only: z.object({ bytes: z.number().int(), modified_at: timestamp }).optional(),
    }),
    answer: z.object({ deleted: z.literal(true) }),
    quick: false,
    repeatable: false,
  },
  'plan-run-action': {
    request: z.object({ runId: z.uuid(), action: z.enum(['publish', 'revert']) }),
    answer: runActionPlan,
    quick: false,
    repeatable: true,
  },
  'publish-run': {
    request: z.object({ runId: z.uuid(), reason: z.string() }),
    answer: runActionAnswer,
    quick: false,
    repeatable: false,
  },
  'discard-run': {
    request: z.object({ runId: z.uuid(), reason: z.string().optional() }),
    answer: runActionAnswer,
    quick: false,
    repeatable: false,
  },
  'revert-run': {
    request: z.object({ runId: z.uuid(), reason: z.string().optional() }),
    answer: revertRunAnswer,
    quick: false,
    repeatable: false,
  },
} as const satisfies Record<string, MethodFacts>;

export type RunnerMethod = keyof typeof RUNNER_METHODS;
export type RunnerRequest<V extends RunnerMethod> = z.infer<(typeof RUNNER_METHODS)[V]['request']>;
export type RunnerResponse<V extends RunnerMethod> = z.infer<(typeof RUNNER_METHODS)[V]['answer']>;

/** The methods whose answers have rows: such an answer is passed on, never parsed as a whole. */
export type RowsMethod =
  | 'query'
  | 'query-objects'
  | 'preview-pipeline'
  | 'preview-objects'
  | 'preview-run'
  | 'preview-run-objects';

export function isRunnerMethod(text: string): text is RunnerMethod {
  return Object.hasOwn(RUNNER_METHODS, text);
}
