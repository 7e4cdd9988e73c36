import { listTablesQuery } from '../http/list-queries.ts';
import { maintenanceAnswer, maintenanceBody } from '../http/maintenance.ts';
import { previewQuery, queryAnswer, queryBody } from '../http/query.ts';
import { tableDetail, tableList } from '../http/table.ts';
import { defineOperation, json } from './operation.ts';
import { IDEMPOTENCY_KEY, pipelinePath } from './parameters.ts';

export const listTables = defineOperation({
  id: 'listTables',
  method: 'get',
  path: '/api/v1/tables',
  params: {},
  summary: 'A page of tables, with their rows and sizes',
  query: listTablesQuery,
  answers: { 200: json('The page', tableList) },
  errors: [429, 503],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const getTable = defineOperation({
  id: 'getTable',
  method: 'get',
  path: '/api/v1/tables/{namespace}/{layer}/{name}',
  params: pipelinePath,
  summary: 'The columns, partitions, branches and versions of a table',
  answers: { 200: json('The table', tableDetail) },
  errors: [404, 422, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const previewTable = defineOperation({
  id: 'previewTable',
  method: 'get',
  path: '/api/v1/tables/{namespace}/{layer}/{name}/preview',
  params: pipelinePath,
  summary: 'The first rows of a table, or of another version of it',
  query: previewQuery,
  answers: { 200: json('The rows', queryAnswer) },
  errors: [404, 422, 429, 503, 504],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const query = defineOperation({
  id: 'query',
  method: 'post',
  path: '/api/v1/query',
  params: {},
  summary: 'Answers one SELECT over the tables',
  description:
    'It reads only, in the sandbox that pipelines run in. Tables are `layer.name` in the namespace of the body, or `"namespace".layer.name`.',
  body: queryBody,
  answers: { 200: json('The rows', queryAnswer) },
  errors: [404, 422, 429, 503, 504],
  access: { role: 'viewer', namespace: 'sql' },
  retry: 'safe',
});

export const maintain = defineOperation({
  id: 'maintain',
  method: 'post',
  path: '/api/v1/maintenance',
  params: {},
  summary: 'Keeps tables small, or answers what that would do',
  description:
    'Creates a run for each table, which changes no row. With `dry_run`, creates none. Under the same `Idempotency-Key`, a table that has got its run gets no second one.',
  headers: IDEMPOTENCY_KEY,
  body: maintenanceBody,
  answers: {
    200: json('What maintenance would do', maintenanceAnswer),
    202: json('The runs were stored and will be executed', maintenanceAnswer),
  },
  errors: [404, 409, 422, 429, 503],
  access: { role: 'operator', namespace: 'body' },
  retry: 'key',
});
