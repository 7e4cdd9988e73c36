import { z } from 'zod';
import { listViewsQuery } from '../http/list-queries.ts';
import { createViewBody, putViewBody, viewAnswer, viewList } from '../http/saved-view.ts';
import { defineOperation, json, noContent } from './operation.ts';
import { ETAG, IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, IF_MATCH } from './parameters.ts';

const path = '/api/v1/views/{id}';
const viewPath = { id: z.uuid() };

export const listViews = defineOperation({
  id: 'listViews',
  method: 'get',
  path: '/api/v1/views',
  params: {},
  summary: 'A page of saved views by name: those of the caller, and the shared ones',
  query: listViewsQuery,
  answers: { 200: json('The page', viewList) },
  errors: [],
  access: { role: 'viewer', namespace: 'shown' },
  retry: 'safe',
});

export const createView = defineOperation({
  id: 'createView',
  method: 'post',
  path: '/api/v1/views',
  params: {},
  summary: 'Saves the filters of a screen under a name',
  description:
    'A view holds no data: what it shows is what the viewer may see. To share one takes the role `operator`; it is then shown to those who may see the namespace of its query, or without one all namespaces of its owner. 409 when the caller has a view of the name for the screen, or 100 views.',
  body: createViewBody,
  requiresBody: true,
  headers: IDEMPOTENCY_KEY,
  answers: {
    201: {
      ...json('The view', viewAnswer),
      headers: { ...IDEMPOTENT_REPLAYED, Location: { description: 'The path of the new view' } },
    },
  },
  errors: [404, 409],
  access: { role: 'viewer', namespace: 'view' },
  retry: 'key',
});

export const getView = defineOperation({
  id: 'getView',
  method: 'get',
  path,
  params: viewPath,
  summary: 'One saved view',
  answers: { 200: { ...json('The view', viewAnswer), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'view' },
  retry: 'safe',
});

export const putView = defineOperation({
  id: 'putView',
  method: 'put',
  path,
  params: viewPath,
  summary: 'Renames a saved view, changes its filters, or shares it',
  description:
    'A field that is absent stays as it is. The owner may do it, and an admin for a shared view; others get a 403. 409 when the owner has another view of the name for the screen.',
  body: putViewBody,
  requiresBody: true,
  headers: IF_MATCH,
  answers: { 200: { ...json('The view as it is now', viewAnswer), headers: ETAG } },
  errors: [404, 409, 412],
  access: { role: 'viewer', namespace: 'view' },
  retry: 'safe',
});

export const deleteView = defineOperation({
  id: 'deleteView',
  method: 'delete',
  path,
  params: viewPath,
  summary: 'Deletes a saved view',
  description: 'The owner may do it, and an admin for a shared view; others get a 403.',
  answers: { 204: noContent('The view is deleted') },
  negotiates: true,
  errors: [404],
  access: { role: 'viewer', namespace: 'view' },
  retry: 'never',
});
