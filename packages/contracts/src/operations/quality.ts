import { testHistoryQuery } from '../http/list-queries.ts';
import { pipelineTests, runQuality, testHistory } from '../http/quality.ts';
import { createRunAnswer } from '../http/run.ts';
import { defineOperation, json } from './operation.ts';
import {
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  LOCATION,
  pipelinePath,
  runPath,
} from './parameters.ts';

export const getRunQuality = defineOperation({
  id: 'getRunQuality',
  method: 'get',
  path: '/api/v1/runs/{id}/quality',
  params: runPath,
  summary: 'The results of the quality tests of a run',
  description: 'Empty while the run has not ended.',
  answers: { 200: json('The results', runQuality) },
  errors: [404],
  access: { role: 'viewer', namespace: 'run' },
  retry: 'safe',
});

export const listPipelineTests = defineOperation({
  id: 'listPipelineTests',
  method: 'get',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/tests',
  params: pipelinePath,
  summary: 'The quality tests of a pipeline, each with its newest result',
  answers: { 200: json('The tests', pipelineTests) },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const auditPipeline = defineOperation({
  id: 'auditPipeline',
  method: 'post',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/tests/run',
  params: pipelinePath,
  summary: 'Runs the quality tests on the table as it is',
  description: 'The run writes nothing.',
  headers: IDEMPOTENCY_KEY,
  answers: {
    202: {
      ...json('The run was stored and will be executed', createRunAnswer),
      headers: { ...LOCATION, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 409],
  access: { role: 'operator', namespace: 'path' },
  retry: 'key',
});

export const getTestHistory = defineOperation({
  id: 'getTestHistory',
  method: 'get',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/tests/{test}/history',
  params: { ...pipelinePath, test: pipelinePath.name },
  summary: 'The results of one quality test, newest first',
  query: testHistoryQuery,
  answers: { 200: json('The page', testHistory) },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});
