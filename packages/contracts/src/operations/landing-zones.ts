import {
  landingFileList,
  landingFileName,
  landingZoneList,
  uploadedFile,
  uploadQuery,
} from '../http/landing.ts';
import { listLandingFilesQuery, listLandingZonesQuery } from '../http/list-queries.ts';
import { defineOperation, json, noContent } from './operation.ts';
import { zonePath } from './parameters.ts';

export const listLandingZones = defineOperation({
  id: 'listLandingZones',
  method: 'get',
  path: '/api/v1/landing-zones/{namespace}',
  params: { namespace: zonePath.namespace },
  summary: 'The landing zones of a namespace, with the files that wait in each',
  query: listLandingZonesQuery,
  answers: { 200: json('The page', landingZoneList) },
  errors: [404, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const listLandingFiles = defineOperation({
  id: 'listLandingFiles',
  method: 'get',
  path: '/api/v1/landing-zones/{namespace}/{zone}/files',
  params: zonePath,
  summary: 'The files that wait in a landing zone, or that runs have read',
  query: listLandingFilesQuery,
  answers: { 200: json('The page', landingFileList) },
  errors: [404, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const uploadLandingFile = defineOperation({
  id: 'uploadLandingFile',
  method: 'post',
  path: '/api/v1/landing-zones/{namespace}/{zone}/files',
  params: zonePath,
  summary: 'Uploads a file into a landing zone',
  description:
    'The body is the file, of any media type, and `name` its name; or a form with one file. The file appears whole or not at all. 409 when the name is taken, unless `replace=true`.',
  query: uploadQuery.partial({ name: true }),
  rawBody: true,
  answers: { 201: json('The file', uploadedFile) },
  errors: [404, 409, 413, 415, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'never',
});

export const deleteLandingFile = defineOperation({
  id: 'deleteLandingFile',
  method: 'delete',
  path: '/api/v1/landing-zones/{namespace}/{zone}/files/{name}',
  params: { ...zonePath, name: landingFileName },
  summary: 'Deletes a file that waits in a landing zone',
  answers: { 204: noContent('The file is gone') },
  negotiates: true,
  errors: [404, 409, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'never',
});
