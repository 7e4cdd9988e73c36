import { z } from 'zod';
import { listPipelinesQuery } from '../http/list-queries.ts';
import { pipelineDetail, pipelineList, putPipelineAnswer } from '../http/pipeline.ts';
import { putPipelineBody } from '../pipeline-files/pipeline-files.ts';
import { defineOperation, json, noContent } from './operation.ts';
import { pipelinePath } from './parameters.ts';

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

export const getPipeline = defineOperation({
  id: 'getPipeline',
  method: 'get',
  path,
  params: pipelinePath,
  summary: 'A pipeline with the files of its current version',
  answers: { 200: json('The pipeline', pipelineDetail) },
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
    'A file that cannot run is refused with 422, which lists every mistake with its place; nothing is stored then. The same content again changes nothing.',
  // The handler chooses between 400, for a wrong shape, and 422, for a wrong value in a file.
  body: z.unknown(),
  documentedBody: putPipelineBody,
  requiresBody: true,
  answers: {
    200: json('The pipeline, with a new version or unchanged', putPipelineAnswer),
    201: json('The new pipeline', putPipelineAnswer),
  },
  errors: [404, 422],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const deletePipeline = defineOperation({
  id: 'deletePipeline',
  method: 'delete',
  path,
  params: pipelinePath,
  summary: 'Hides a pipeline; its runs and its table stay',
  answers: { 204: noContent('The pipeline is hidden') },
  negotiates: true,
  errors: [404],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});
