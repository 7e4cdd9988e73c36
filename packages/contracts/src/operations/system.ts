import { z } from 'zod';
import {
  features,
  liveness,
  noPlugins,
  principalAnswer,
  readiness,
  serviceIndex,
} from '../http/health.ts';
import { listPluginsQuery } from '../http/list-queries.ts';
import { defineOperation, json, noContent, type ParamName } from './operation.ts';
import { REQUESTED_BY } from './parameters.ts';

export const getIndex = defineOperation({
  id: 'getIndex',
  method: 'get',
  path: '/',
  params: {},
  summary: 'The name, the version and the main addresses of the service',
  answers: {
    200: json('The addresses', serviceIndex),
    302: {
      ...noContent('A browser is sent to the web console'),
      headers: { Location: { description: 'The path of the console' } },
    },
  },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getHealth = defineOperation({
  id: 'getHealth',
  method: 'get',
  path: '/health',
  params: {},
  summary: 'Another path of `/health/live`',
  answers: { 200: json('The process answers', liveness) },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getFeatures = defineOperation({
  id: 'getFeatures',
  method: 'get',
  path: '/api/v1/features',
  params: {},
  summary: 'What this installation can do',
  answers: { 200: json('The features', features) },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getPrincipal = defineOperation({
  id: 'getPrincipal',
  method: 'get',
  path: '/api/v1/me',
  params: {},
  summary: 'Who the request is from',
  headers: REQUESTED_BY,
  answers: { 200: json('The principal', principalAnswer) },
  errors: [],
  access: { role: 'viewer', namespace: 'none' },
  retry: 'safe',
});

/** Clients of other platforms ask for plugins at their start; there are none. */
function emptyPluginList<const Path extends string>(
  id: string,
  path: Path,
  params: Record<ParamName<Path>, never>,
) {
  return defineOperation({
    id,
    method: 'get',
    path,
    params,
    summary: 'An empty list: there are no plugins',
    answers: { 200: json('The empty list', noPlugins) },
    errors: [],
    access: 'anyone',
    retry: 'safe',
  });
}

export const listPlugins = {
  ...emptyPluginList('listPlugins', '/api/v1/plugins', {}),
  query: listPluginsQuery,
};
export const listRunnerPlugins = emptyPluginList('listRunnerPlugins', '/api/v1/runner/plugins', {});
export const listPluginSources = emptyPluginList('listPluginSources', '/api/v1/plugin-sources', {});
export const listPluginPolicies = emptyPluginList(
  'listPluginPolicies',
  '/api/v1/plugin-policies',
  {},
);

export const getLiveness = defineOperation({
  id: 'getLiveness',
  method: 'get',
  path: '/health/live',
  params: {},
  summary: 'Whether the process answers',
  answers: { 200: json('It does', liveness) },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getReadiness = defineOperation({
  id: 'getReadiness',
  method: 'get',
  path: '/health/ready',
  params: {},
  summary: 'Whether a run that is triggered now would be executed',
  answers: {
    200: json('It would', readiness),
    503: json(
      'It would not; `checks` names the missing part to callers who have signed in',
      readiness,
    ),
  },
  errors: [],
  access: 'anyone',
  retry: 'safe',
});

export const getOpenApi = defineOperation({
  id: 'getOpenApi',
  method: 'get',
  path: '/openapi.json',
  params: {},
  summary: 'The OpenAPI document of this API',
  answers: { 200: json('The document', z.looseObject({ openapi: z.string() })) },
  errors: [],
  access: { role: 'viewer', namespace: 'none' },
  retry: 'safe',
});

export const getMetrics = defineOperation({
  id: 'getMetrics',
  method: 'get',
  path: '/metrics',
  params: {},
  summary: 'Numbers for Prometheus: runs, queues, runners, and this process',
  description:
    'The text format of Prometheus. Metrics of the installation are the same at every replica; those of the process are its own.',
  answers: { 200: { description: 'The metrics', content: { 'text/plain': z.string() } } },
  errors: [],
  access: { role: 'viewer', namespace: 'all' },
  // A scraper may send an Accept header that names only formats of its own.
  negotiates: true,
  retry: 'safe',
});
