import { failingRowsQuery, testHistoryQuery } from '../http/list-queries.ts';
import {
  failingRows,
  auditAnswer,
  createTestAnswer,
  createTestBody,
  pipelineTests,
  runQuality,
  testHistory,
} from '../http/quality.ts';
import { defineOperation, json, noContent } from './operation.ts';
import {
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  LOCATION,
  pipelinePath,
  PREFER,
  REQUESTED_BY,
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

export const getFailingRows = defineOperation({
  id: 'getFailingRows',
  method: 'get',
  path: '/api/v1/runs/{id}/quality/{test}/rows',
  params: { ...runPath, test: pipelinePath.name },
  summary: 'All rows that a quality test found in an ended run',
  description:
    'The test is asked again, of the rows that the run wrote: on its branch while it is in quarantine, in its snapshot once it has published. 409 when they are no longer kept, or never were.',
  query: failingRowsQuery,
  answers: { 200: json('The page', failingRows) },
  errors: [404, 409, 429, 503, 504],
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

export const createTest = defineOperation({
  id: 'createTest',
  method: 'post',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/tests',
  params: pipelinePath,
  summary: 'Adds a quality test with SQL to a pipeline',
  description:
    'It makes a new version of a published pipeline, and an open draft gets the test too. While the pipeline has no version, only its draft gets it. 409 when a test has the name.',
  headers: { ...IDEMPOTENCY_KEY, ...IF_MATCH, ...REQUESTED_BY },
  body: createTestBody,
  requiresBody: true,
  answers: { 201: { ...json('The new test', createTestAnswer), headers: IDEMPOTENT_REPLAYED } },
  errors: [404, 409, 412, 422, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'key',
});

export const deleteTest = defineOperation({
  id: 'deleteTest',
  method: 'delete',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/tests/{test}',
  params: { ...pipelinePath, test: pipelinePath.name },
  summary: 'Removes a quality test with SQL from a pipeline',
  description:
    'It makes a new version of a published pipeline, and an open draft loses the test too. The history of the test stays. 409 for a built-in test, which is a setting of the pipeline.',
  headers: { ...IF_MATCH, ...REQUESTED_BY },
  answers: { 204: noContent('The test is gone') },
  negotiates: true,
  errors: [404, 409, 412, 422, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const auditPipeline = defineOperation({
  id: 'auditPipeline',
  method: 'post',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/tests/run',
  params: pipelinePath,
  summary: 'Runs the quality tests on the table as it is',
  description:
    'The run writes nothing. The answer waits for its end for up to 20 s, and has the results then; otherwise, and at once while no runner is live, it has the id of the run only. With `Prefer: respond-async` it does not wait.',
  headers: { ...IDEMPOTENCY_KEY, ...PREFER, ...REQUESTED_BY },
  answers: {
    202: {
      ...json('The run was stored, and has its results if it has ended', auditAnswer),
      headers: { ...LOCATION, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 409],
  access: { role: 'operator', namespace: 'path' },
  retry: 'key',
  makesRuns: true,
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
