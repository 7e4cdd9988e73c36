import { draftDiffQuery, listVersionsQuery, versionDiffQuery } from '../http/list-queries.ts';
import { publishAnswer, putPipelineAnswer } from '../http/pipeline.ts';
import {
  draftDiff,
  pipelineDraft,
  putDraftBody,
  rollbackAnswer,
  rollbackBody,
  versionDetail,
  versionDiff,
  versionList,
} from '../http/version.ts';
import { versionNote } from '../http/version-note.ts';
import { defineOperation, json, noContent } from './operation.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  IF_NONE_MATCH,
  pipelinePath,
  REQUESTED_BY,
  versionPath,
} from './parameters.ts';

const versions = '/api/v1/pipelines/{namespace}/{layer}/{name}/versions';
const draft = '/api/v1/pipelines/{namespace}/{layer}/{name}/draft';

export const listVersions = defineOperation({
  id: 'listVersions',
  method: 'get',
  path: versions,
  params: pipelinePath,
  summary: 'The versions of a pipeline, newest first',
  query: listVersionsQuery,
  answers: { 200: json('The page', versionList) },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const getVersion = defineOperation({
  id: 'getVersion',
  method: 'get',
  path: `${versions}/{version}`,
  params: versionPath,
  summary: 'A version of a pipeline with its files, and its newest run',
  answers: { 200: { ...json('The version', versionDetail), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const diffVersions = defineOperation({
  id: 'diffVersions',
  method: 'get',
  path: `${versions}/diff`,
  params: pipelinePath,
  summary: 'What changed from one version of a pipeline to another',
  description:
    'A unified diff of each file that differs, and the settings that differ. `to` is the current version by default. Files that have almost nothing in common are shown as replaced.',
  query: versionDiffQuery,
  answers: { 200: json('The difference', versionDiff) },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const restoreVersion = defineOperation({
  id: 'restoreVersion',
  method: 'post',
  path: `${versions}/{version}/restore`,
  params: versionPath,
  summary: 'Makes the content of an earlier version the newest version',
  description:
    'The content is validated as by a PUT. Restoring the content that is current changes nothing.',
  headers: { ...IDEMPOTENCY_KEY, ...IF_MATCH, ...REQUESTED_BY },
  body: versionNote,
  answers: {
    200: {
      ...json('The pipeline, unchanged', putPipelineAnswer),
      headers: { ...ETAG, ...IDEMPOTENT_REPLAYED },
    },
    201: {
      ...json('The pipeline with the new version', putPipelineAnswer),
      headers: { ...ETAG, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 412, 422, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'key',
});

export const rollbackPipeline = defineOperation({
  id: 'rollbackPipeline',
  method: 'post',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/rollback',
  params: pipelinePath,
  summary: 'Restores a version that the body names',
  description: 'It does what a restore does, for clients that name the version in the body.',
  headers: { ...IDEMPOTENCY_KEY, ...IF_MATCH, ...REQUESTED_BY },
  body: rollbackBody,
  requiresBody: true,
  answers: {
    200: {
      ...json('The version that is current now', rollbackAnswer),
      headers: { ...ETAG, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 412, 422, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'key',
});

export const getDraft = defineOperation({
  id: 'getDraft',
  method: 'get',
  path: draft,
  params: pipelinePath,
  summary: 'The draft of a pipeline, and what keeps it from being published',
  answers: { 200: { ...json('The draft', pipelineDraft), headers: ETAG } },
  errors: [404, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const diffDraft = defineOperation({
  id: 'diffDraft',
  method: 'get',
  path: `${draft}/diff`,
  params: pipelinePath,
  summary: 'What a publish of the draft would change',
  description:
    'As the difference of two versions. `from` is the current version by default; without a version, everything is new.',
  query: draftDiffQuery,
  answers: { 200: { ...json('The difference', draftDiff), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const putDraft = defineOperation({
  id: 'putDraft',
  method: 'put',
  path: draft,
  params: pipelinePath,
  summary: 'Stores content of a pipeline without publishing it',
  description:
    'A draft may be unfinished: it is stored with its mistakes, and the answer lists them. The pipeline need not exist yet. `If-Match` is the tag of the draft, or of the pipeline while there is no draft. `base_version` is the version that the draft builds on: by default the current one for a new draft, and unchanged for an existing one.',
  headers: { ...IF_MATCH, ...IF_NONE_MATCH, ...REQUESTED_BY },
  body: putDraftBody,
  requiresBody: true,
  answers: {
    200: { ...json('The draft', pipelineDraft), headers: ETAG },
    201: { ...json('The new draft', pipelineDraft), headers: ETAG },
  },
  errors: [404, 412, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const deleteDraft = defineOperation({
  id: 'deleteDraft',
  method: 'delete',
  path: draft,
  params: pipelinePath,
  summary: 'Drops the draft of a pipeline',
  headers: IF_MATCH,
  answers: { 204: noContent('The draft is gone') },
  negotiates: true,
  errors: [404, 412],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const publishDraft = defineOperation({
  id: 'publishDraft',
  method: 'post',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/publish',
  params: pipelinePath,
  summary: 'Makes the draft of a pipeline its newest version',
  description:
    'The draft is validated as by a PUT, and is gone when it is published. Without a draft, a published pipeline stays as it is. 412 when the pipeline has changed since the draft was begun. `If-Match` may be the tag of the draft or of the pipeline.',
  headers: { ...IDEMPOTENCY_KEY, ...IF_MATCH, ...REQUESTED_BY },
  body: versionNote,
  answers: {
    200: {
      ...json('The pipeline, with a new version or unchanged', publishAnswer),
      headers: { ...ETAG, ...IDEMPOTENT_REPLAYED },
    },
    201: {
      ...json('The first version of the pipeline', publishAnswer),
      headers: { ...ETAG, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 409, 412, 422, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'key',
});
