import {
  pipelineRetention,
  putRetentionBody,
  retentionAnswer,
  retentionStatus,
} from '../http/retention.ts';
import { defineOperation, json, noContent } from './operation.ts';
import { ETAG, IF_MATCH, pipelinePath } from './parameters.ts';

export const getRetention = defineOperation({
  id: 'getRetention',
  method: 'get',
  path: '/api/v1/admin/retention/config',
  params: {},
  summary: 'What is kept for how long',
  answers: { 200: { ...json('What holds for the installation', retentionAnswer), headers: ETAG } },
  errors: [],
  access: { role: 'viewer', namespace: 'all' },
  retry: 'safe',
});

export const putRetention = defineOperation({
  id: 'putRetention',
  method: 'put',
  path: '/api/v1/admin/retention/config',
  params: {},
  summary: 'Sets what is kept for how long, in place of the environment',
  description:
    'A setting that is left out follows the environment of the runners. Some settings follow from others or are fixed; another value of those is a 400 that says what holds.',
  body: putRetentionBody,
  requiresBody: true,
  headers: IF_MATCH,
  answers: { 200: { ...json('What holds now', retentionAnswer), headers: ETAG } },
  errors: [412],
  access: { role: 'admin', namespace: 'all' },
  retry: 'safe',
});

export const getRetentionStatus = defineOperation({
  id: 'getRetentionStatus',
  method: 'get',
  path: '/api/v1/admin/retention/status',
  params: {},
  summary: 'What the last round of the clean-up removed',
  answers: { 200: json('The last round of any runner', retentionStatus) },
  errors: [],
  access: { role: 'viewer', namespace: 'all' },
  retry: 'safe',
});

export const runRetention = defineOperation({
  id: 'runRetention',
  method: 'post',
  path: '/api/v1/admin/retention/run',
  params: {},
  summary: 'Cleans up now, and answers what was removed',
  description: 'A round ends after 20 s; what is left is removed by later ones.',
  answers: { 200: json('What this round removed', retentionStatus) },
  errors: [429, 503, 504],
  access: { role: 'admin', namespace: 'all' },
  retry: 'safe',
});

export const getPipelineRetention = defineOperation({
  id: 'getPipelineRetention',
  method: 'get',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/retention',
  params: pipelinePath,
  summary: 'What is kept of a pipeline for how long',
  answers: { 200: { ...json('The settings', pipelineRetention), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const putPipelineRetention = defineOperation({
  id: 'putPipelineRetention',
  method: 'put',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/retention',
  params: pipelinePath,
  summary: 'Sets what is kept of a pipeline for how long',
  description:
    'Replaces what was set before: a setting that is left out, or null, follows the installation. Runs and table versions can be set; another value of any other setting is a 400.',
  body: putRetentionBody,
  requiresBody: true,
  headers: IF_MATCH,
  answers: { 204: { ...noContent('The settings hold'), headers: ETAG } },
  negotiates: true,
  errors: [404, 412],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});
