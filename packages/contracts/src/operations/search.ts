import { searchQuery } from '../http/list-queries.ts';
import { searchAnswer } from '../http/search.ts';
import { defineOperation, json } from './operation.ts';

export const search = defineOperation({
  id: 'search',
  method: 'get',
  path: '/api/v1/search',
  params: {},
  summary: 'Finds namespaces, pipelines, tables, columns, runs and landing files',
  description:
    '`q` is a part of an address, of a description, or of the name of a column or a file, in any case of letters, or the first 8 or more digits of the id of a run. The closest match is first.',
  query: searchQuery,
  answers: { 200: json('What was found', searchAnswer) },
  errors: [],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});
