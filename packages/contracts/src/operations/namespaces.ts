import { listNamespacesQuery } from '../http/list-queries.ts';
import {
  createNamespaceBody,
  namespaceAnswer,
  namespaceDetail,
  namespaceList,
  putNamespaceBody,
} from '../http/namespace.ts';
import { defineOperation, json, noContent } from './operation.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  namespacePath,
} from './parameters.ts';

const path = '/api/v1/namespaces/{namespace}';

export const listNamespaces = defineOperation({
  id: 'listNamespaces',
  method: 'get',
  path: '/api/v1/namespaces',
  params: {},
  summary: 'A page of namespaces, by name',
  query: listNamespacesQuery,
  answers: { 200: json('The page', namespaceList) },
  errors: [],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const createNamespace = defineOperation({
  id: 'createNamespace',
  method: 'post',
  path: '/api/v1/namespaces',
  params: {},
  summary: 'Makes a namespace, or one again that was deleted',
  description:
    '409 when the name is taken. A namespace that was deleted comes back with its history alone: ended runs, deleted pipelines and dropped tables.',
  body: createNamespaceBody,
  requiresBody: true,
  headers: IDEMPOTENCY_KEY,
  answers: {
    201: {
      ...json('The new namespace', namespaceAnswer),
      headers: {
        ...IDEMPOTENT_REPLAYED,
        Location: { description: 'The path of the new namespace' },
      },
    },
  },
  errors: [409],
  access: { role: 'admin', namespace: 'all' },
  retry: 'key',
});

export const getNamespace = defineOperation({
  id: 'getNamespace',
  method: 'get',
  path,
  params: namespacePath,
  summary: 'One namespace',
  answers: { 200: { ...json('The namespace', namespaceDetail), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const putNamespace = defineOperation({
  id: 'putNamespace',
  method: 'put',
  path,
  params: namespacePath,
  summary: 'Changes the description, the owner, the weight or the quotas of a namespace',
  description:
    'A field that is left out stays as it is; `null` clears a text or a quota. An admin of some namespaces changes their description and owner; weight and quotas share out the installation.',
  body: putNamespaceBody,
  requiresBody: true,
  headers: IF_MATCH,
  answers: { 200: { ...json('The namespace as it is now', namespaceAnswer), headers: ETAG } },
  errors: [404, 412],
  access: { role: 'admin', namespace: 'path' },
  retry: 'safe',
});

export const deleteNamespace = defineOperation({
  id: 'deleteNamespace',
  method: 'delete',
  path,
  params: namespacePath,
  summary: 'Deletes an empty namespace; its ended runs stay',
  description:
    '409 for `default`, and while the namespace has pipelines, drafts, tables, runs that have not ended, landing zones, or valid tokens that are limited to it; the message names them.',
  answers: { 204: noContent('The namespace is deleted') },
  negotiates: true,
  errors: [404, 409, 429, 503],
  access: { role: 'admin', namespace: 'all' },
  retry: 'safe',
});
