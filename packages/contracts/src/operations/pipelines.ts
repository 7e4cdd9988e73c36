import { z } from 'zod';
import { deletePipelineQuery, listPipelinesQuery } from '../http/list-queries.ts';
import {
  previewAnswer,
  previewBody,
  storedPreviewAnswer,
  storedPreviewBody,
  validateAnswer,
  validateBody,
} from '../http/authoring.ts';
import {
  createPipelineAnswer,
  createPipelineBody,
  documentedPutBody,
  pipelineDetail,
  pipelineList,
  putPipelineAnswer,
  putPipelineFacts,
} from '../http/pipeline.ts';
import { deletePipelineAnswer } from '../http/table.ts';
import { defineOperation, json, noContent } from './operation.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  IF_NONE_MATCH,
  pipelinePath,
  REQUESTED_BY,
} from './parameters.ts';

const path = '/api/v1/pipelines/{namespace}/{layer}/{name}';

export const listPipelines = defineOperation({
  id: 'listPipelines',
  method: 'get',
  path: '/api/v1/pipelines',
  params: {},
  summary: 'A page of pipelines, by namespace, layer and name',
  description:
    'With `include=health`, each has its last 30 runs, how long the successful ones took, and the latest results of its tests.',
  query: listPipelinesQuery,
  answers: { 200: json('The page', pipelineList) },
  errors: [],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const createPipeline = defineOperation({
  id: 'createPipeline',
  method: 'post',
  path: '/api/v1/pipelines',
  params: {},
  summary: 'Makes a pipeline that is a draft until it is published',
  description:
    '409 when the name is taken. The draft has the `source` as its SQL, and the settings of the request. A draft that was there before is kept; then `source` is a 409. A deleted pipeline comes back with its versions, of which none is current.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: createPipelineBody,
  requiresBody: true,
  answers: {
    201: {
      ...json('The new pipeline', createPipelineAnswer),
      headers: {
        Location: { description: 'The path of the new pipeline' },
        ...IDEMPOTENT_REPLAYED,
      },
    },
  },
  errors: [404, 409, 422],
  access: { role: 'author', namespace: 'body' },
  retry: 'key',
});

export const getPipeline = defineOperation({
  id: 'getPipeline',
  method: 'get',
  path,
  params: pipelinePath,
  summary: 'A pipeline with the files of its current version',
  answers: { 200: { ...json('The pipeline', pipelineDetail), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const putPipeline = defineOperation({
  id: 'putPipeline',
  method: 'put',
  path,
  params: pipelinePath,
  summary: 'Creates a pipeline, or a new version of it',
  description:
    'A file that cannot run is refused with 422, which lists every mistake with its place; nothing is stored then. The same content again changes nothing. A body without files changes only the description and the owner: the description is a setting, so it makes a version, and an open draft has it too. With `If-Match`, only the state that the client has read is changed; with `If-None-Match: *`, the pipeline is only created.',
  headers: { ...IF_MATCH, ...IF_NONE_MATCH, ...REQUESTED_BY },
  // The handler chooses between 400, for a wrong shape, and 422, for a wrong value in a file.
  body: z.unknown(),
  documentedBody: z.union([documentedPutBody, putPipelineFacts]),
  requiresBody: true,
  answers: {
    200: {
      ...json('The pipeline, with a new version or unchanged', putPipelineAnswer),
      headers: ETAG,
    },
    201: { ...json('The new pipeline', putPipelineAnswer), headers: ETAG },
  },
  errors: [404, 412, 422],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const validatePipeline = defineOperation({
  id: 'validatePipeline',
  method: 'post',
  path: '/api/v1/pipelines/validate',
  params: {},
  summary:
    'Checks a pipeline that is not stored: templates, settings, automation, SQL, and its columns',
  description:
    'The SQL is bound against the tables that exist, for a first run and for a later one, and so are the quality tests. A table that does not exist yet is a warning. `files_only` leaves out what needs a runner. With `stored_with`, an error is what a PUT refuses when these pipelines are stored together. Nothing is stored and no row is read.',
  body: validateBody,
  requiresBody: true,
  answers: { 200: json('What is wrong, and what is known', validateAnswer) },
  errors: [422, 429, 503, 504],
  access: { role: 'author', namespace: 'body' },
  retry: 'safe',
  changesNothing: true,
});

export const previewPipeline = defineOperation({
  id: 'previewPipeline',
  method: 'post',
  path: '/api/v1/pipelines/preview',
  params: {},
  summary: 'Runs a pipeline that is not stored, and answers its first rows',
  description:
    'It reads what a run of the pipeline would read, each table as of one snapshot, and writes nothing. It ends when the client leaves. With `run_tests` and `compare` the whole result is computed. It takes `params`, `full_refresh` and `interval` as a run has them.',
  body: previewBody,
  requiresBody: true,
  answers: { 200: json('The rows, and what a run would do', previewAnswer) },
  errors: [422, 429, 503, 504],
  access: { role: 'author', namespace: 'body' },
  retry: 'safe',
  changesNothing: true,
});

export const previewStoredPipeline = defineOperation({
  id: 'previewStoredPipeline',
  method: 'post',
  path: `${path}/preview`,
  params: pipelinePath,
  summary: 'Runs the draft of a pipeline, or its current version, and answers its first rows',
  description:
    'It is the preview of a pipeline that is not stored, in the form that other clients read: rows are objects, and a mistake of the author is a 200 with `error`. A wrong value of a parameter is a 422, as for a run.',
  body: storedPreviewBody,
  answers: { 200: json('The rows, or what is wrong', storedPreviewAnswer) },
  errors: [404, 422, 429, 503, 504],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const deletePipeline = defineOperation({
  id: 'deletePipeline',
  method: 'delete',
  path,
  params: pipelinePath,
  summary: 'Hides a pipeline; its runs stay, and its table unless it is to be dropped',
  description:
    'With `table=drop` the table is dropped with it, as `DELETE /tables/…` does it, and the answer tells about the drop.',
  query: deletePipelineQuery,
  headers: { ...IF_MATCH, ...REQUESTED_BY },
  answers: {
    200: json('The pipeline is hidden, and its table is dropped', deletePipelineAnswer),
    204: noContent('The pipeline is hidden'),
  },
  negotiates: true,
  errors: [404, 409, 412],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});
