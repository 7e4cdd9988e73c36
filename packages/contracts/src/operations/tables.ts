import { z } from 'zod';
import { dropTableQuery, listTablesQuery, schemaQuery } from '../http/list-queries.ts';
import { maintenanceAnswer, maintenanceBody } from '../http/maintenance.ts';
import { previewQuery, queryAnswer, queryBody, queryQuery, RESULT_HEADERS } from '../http/query.ts';
import {
  describedTable,
  dropTableAnswer,
  tableAnswer,
  tableMetadataBody,
  tablePage,
  tableSchemas,
  undropTableAnswer,
  undropTableBody,
} from '../http/table.ts';
import { tableDiff, tableDiffQuery } from '../http/table-diff.ts';
import { tableProfile } from '../http/table-profile.ts';
import { defineOperation, json } from './operation.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  REQUESTED_BY,
  pipelinePath,
} from './parameters.ts';

const file = z.string();

/** Rows by `format`, or by `Accept`. */
const rows = {
  description: 'The rows',
  content: {
    'application/json': queryAnswer,
    'text/csv': file,
    'application/vnd.apache.parquet': file,
    'application/vnd.apache.arrow.stream': file,
  },
  headers: RESULT_HEADERS,
};

export const listTables = defineOperation({
  id: 'listTables',
  method: 'get',
  path: '/api/v1/tables',
  params: {},
  summary: 'A page of tables, with their rows and sizes',
  query: listTablesQuery,
  answers: { 200: json('The page', tablePage) },
  errors: [429, 503],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const getSchema = defineOperation({
  id: 'getSchema',
  method: 'get',
  path: '/api/v1/schema',
  params: {},
  summary: 'The columns of all tables',
  query: schemaQuery,
  answers: { 200: json('The tables', tableSchemas) },
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
  answers: { 200: { ...json('The table', tableAnswer), headers: ETAG } },
  errors: [404, 422, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const dropTable = defineOperation({
  id: 'dropTable',
  method: 'delete',
  path: '/api/v1/tables/{namespace}/{layer}/{name}',
  params: pipelinePath,
  summary: 'Drops a table, which can be restored for some days',
  description:
    'Refused with 409 while the latest run of another pipeline read the table, or a run of its own pipeline has not ended. With `force=true` it is dropped all the same: its own runs are cancelled, and the next run of a reader fails.',
  query: dropTableQuery,
  headers: REQUESTED_BY,
  answers: { 200: json('The table is dropped', dropTableAnswer) },
  errors: [404, 409],
  access: { role: 'author', namespace: 'path' },
  retry: 'never',
});

export const undropTable = defineOperation({
  id: 'undropTable',
  method: 'post',
  path: '/api/v1/tables/{namespace}/{layer}/{name}/undrop',
  params: pipelinePath,
  summary: 'Restores a dropped table as it was',
  description: 'Refused with 409 once its time is over, and while a new table has the name.',
  body: undropTableBody,
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  answers: {
    200: { ...json('The table is there again', undropTableAnswer), headers: IDEMPOTENT_REPLAYED },
  },
  errors: [404, 409],
  access: { role: 'author', namespace: 'path' },
  retry: 'key',
});

export const putTableMetadata = defineOperation({
  id: 'putTableMetadata',
  method: 'put',
  path: '/api/v1/tables/{namespace}/{layer}/{name}/metadata',
  params: pipelinePath,
  summary: 'Writes down what a table and its columns hold, its owner and its tags',
  description:
    'A field or a column that is left out stays as it is; null takes its words away. They belong to the address of the table, so they outlast every run.',
  body: tableMetadataBody,
  requiresBody: true,
  headers: { ...IF_MATCH, ...REQUESTED_BY },
  answers: {
    200: { ...json('The table, with all that is written about it', describedTable), headers: ETAG },
  },
  errors: [404, 412],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const previewTable = defineOperation({
  id: 'previewTable',
  method: 'get',
  path: '/api/v1/tables/{namespace}/{layer}/{name}/preview',
  params: pipelinePath,
  summary: 'The first rows of a table, or of another version of it',
  query: previewQuery,
  answers: { 200: rows },
  errors: [404, 422, 429, 503, 504],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const getTableProfile = defineOperation({
  id: 'getTableProfile',
  method: 'get',
  path: '/api/v1/tables/{namespace}/{layer}/{name}/profile',
  params: pipelinePath,
  summary: 'What the values of each column are like: nulls, distinct values, range, distribution',
  description:
    'It is computed as a query of the current version, under the limits of queries, and kept until the profile of a newer version is asked for.',
  answers: { 200: json('The profile', tableProfile) },
  errors: [404, 422, 429, 503, 504],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const diffTable = defineOperation({
  id: 'diffTable',
  method: 'get',
  path: '/api/v1/tables/{namespace}/{layer}/{name}/diff',
  params: pipelinePath,
  summary: 'The rows by which two versions of a table differ',
  description:
    'Rows are matched by the key columns. A key that is not unique in one of the versions is refused. Without a key whole rows are compared. It runs under the limits of queries.',
  query: tableDiffQuery,
  answers: { 200: json('The difference', tableDiff) },
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
    'It reads only, in the sandbox that pipelines run in. Tables are `layer.name` in the namespace of the body, or `namespace.layer.name`.',
  query: queryQuery,
  body: queryBody,
  answers: { 200: rows },
  errors: [404, 422, 429, 503, 504],
  access: { role: 'viewer', namespace: 'sql' },
  retry: 'safe',
  changesNothing: true,
});

export const maintain = defineOperation({
  id: 'maintain',
  method: 'post',
  path: '/api/v1/maintenance',
  params: {},
  summary: 'Keeps tables small, or answers what that would do',
  description:
    'Creates a run for each table, which changes no row. With `dry_run`, creates none. Under the same `Idempotency-Key`, a table that has got its run gets no second one.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: maintenanceBody,
  answers: {
    200: json('What maintenance would do', maintenanceAnswer),
    202: json('The runs were stored and will be executed', maintenanceAnswer),
  },
  errors: [404, 409, 422, 429, 503],
  access: { role: 'operator', namespace: 'body' },
  retry: 'key',
  makesRuns: true,
});
