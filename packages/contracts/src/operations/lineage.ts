import {
  columnLineageAnswer,
  columnLineageQuery,
  lineageAnswer,
  lineageQuery,
} from '../http/lineage.ts';
import { defineOperation, json } from './operation.ts';

const ofLineage = {
  method: 'get',
  params: {},
  summary: 'Which pipelines read and write which tables and landing zones',
  description:
    'With `root`, what lies `up` pipelines above it and `down` below it. Without, all pipelines (of `namespace`) and what they read. Nodes of namespaces that the token does not hold are left out, with their edges.',
  query: lineageQuery,
  answers: { 200: json('The graph', lineageAnswer) },
  errors: [404],
  access: { role: 'viewer', namespace: 'shown' },
  retry: 'safe',
} as const;

export const getLineage = defineOperation({
  ...ofLineage,
  id: 'getLineage',
  path: '/api/v1/lineage',
});

/** The path of the reference platform's plugin, which its portal uses. */
export const getPluginLineage = defineOperation({
  ...ofLineage,
  id: 'getPluginLineage',
  path: '/api/v1/x/lineage/graph',
});

export const getColumnLineage = defineOperation({
  id: 'getColumnLineage',
  method: 'get',
  path: '/api/v1/lineage/columns',
  params: {},
  summary: 'Which columns a column is computed from, and which are computed from it',
  description:
    'As the engine bound the SQL of the newest successful run. `up` and `down` count pipelines. Columns of namespaces that the token does not hold are left out.',
  query: columnLineageQuery,
  answers: { 200: json('The columns', columnLineageAnswer) },
  errors: [404],
  access: { role: 'viewer', namespace: 'shown' },
  retry: 'safe',
});
