import { z } from 'zod';
import {
  landingFileList,
  landingFileName,
  landingZoneList,
  uploadedFile,
  uploadQuery,
} from '../http/landing.ts';
import {
  allLandingZones,
  createLandingZoneBody,
  deleteLandingZoneQuery,
  landingFileFacts,
  landingSample,
  landingSamples,
  landingZone,
  landingZoneSettings,
  putLandingZoneBody,
  putLifecycleBody,
  zoneLifecycle,
} from '../http/landing-zone.ts';
import {
  listAllLandingZonesQuery,
  listLandingFilesQuery,
  listLandingZonesQuery,
} from '../http/list-queries.ts';
import { defineOperation, json, noContent } from './operation.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  REQUESTED_BY,
  ZONE_LOCATION,
  zonePath,
} from './parameters.ts';
import { ANY_BYTES, formWithFile } from './raw-bodies.ts';

export const listAllLandingZones = defineOperation({
  id: 'listAllLandingZones',
  method: 'get',
  path: '/api/v1/landing-zones',
  params: {},
  summary: 'The landing zones of all namespaces, with their settings and the files that wait',
  description: 'A zone that is only a folder is listed too; its settings are null.',
  query: listAllLandingZonesQuery,
  answers: { 200: json('The page', allLandingZones) },
  errors: [429, 503],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const createLandingZone = defineOperation({
  id: 'createLandingZone',
  method: 'post',
  path: '/api/v1/landing-zones',
  params: {},
  summary: 'Creates a landing zone with its settings',
  description:
    'The first upload makes a zone too. 409 when the zone has settings already; a zone that is only a folder gets them.',
  body: createLandingZoneBody,
  requiresBody: true,
  headers: IDEMPOTENCY_KEY,
  answers: {
    201: {
      ...json('The zone', landingZoneSettings),
      headers: { ...ZONE_LOCATION, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 409],
  access: { role: 'author', namespace: 'body' },
  retry: 'key',
});

export const getLandingZone = defineOperation({
  id: 'getLandingZone',
  method: 'get',
  path: '/api/v1/landing-zones/{namespace}/{zone}',
  params: zonePath,
  summary: 'One landing zone with its settings and the files that wait in it',
  answers: { 200: { ...json('The zone', landingZone), headers: ETAG } },
  errors: [404, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const putLandingZone = defineOperation({
  id: 'putLandingZone',
  method: 'put',
  path: '/api/v1/landing-zones/{namespace}/{zone}',
  params: zonePath,
  summary: 'Changes the settings of a landing zone',
  description:
    'A field that the body leaves out stays as it is; null takes it away. Files that wait already are not checked again.',
  body: putLandingZoneBody,
  requiresBody: true,
  headers: IF_MATCH,
  answers: { 200: { ...json('The zone', landingZoneSettings), headers: ETAG } },
  errors: [404, 412, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const deleteLandingZone = defineOperation({
  id: 'deleteLandingZone',
  method: 'delete',
  path: '/api/v1/landing-zones/{namespace}/{zone}',
  params: zonePath,
  summary: 'Deletes a landing zone with its settings and samples',
  description:
    '409 while files wait in it or archived files are kept, unless `force=true`, which deletes them too; and always while a run reads it.',
  query: deleteLandingZoneQuery,
  answers: { 204: noContent('The zone is gone') },
  negotiates: true,
  errors: [404, 409, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'never',
});

export const getZoneLifecycle = defineOperation({
  id: 'getZoneLifecycle',
  method: 'get',
  path: '/api/v1/landing-zones/{namespace}/{zone}/lifecycle',
  params: zonePath,
  summary: 'How long a landing zone keeps the files that runs have read',
  answers: { 200: { ...json('The lifecycle', zoneLifecycle), headers: ETAG } },
  errors: [404, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const putZoneLifecycle = defineOperation({
  id: 'putZoneLifecycle',
  method: 'put',
  path: '/api/v1/landing-zones/{namespace}/{zone}/lifecycle',
  params: zonePath,
  summary: 'Sets how long a landing zone keeps the files that runs have read',
  body: putLifecycleBody,
  requiresBody: true,
  description:
    '`processed_retention_days` is answered with 200; `processed_max_age_days` and `auto_purge`, the words of other clients, with 204. `auto_purge: false` keeps files for ever.',
  headers: IF_MATCH,
  answers: {
    200: { ...json('The lifecycle', zoneLifecycle), headers: ETAG },
    204: { ...noContent('The lifecycle is stored'), headers: ETAG },
  },
  errors: [404, 412, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const listLandingSamples = defineOperation({
  id: 'listLandingSamples',
  method: 'get',
  path: '/api/v1/landing-zones/{namespace}/{zone}/samples',
  params: zonePath,
  summary: 'The sample files of a landing zone, which previews read in place of its files',
  answers: { 200: json('All samples', landingSamples) },
  errors: [404, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const uploadLandingSample = defineOperation({
  id: 'uploadLandingSample',
  method: 'post',
  path: '/api/v1/landing-zones/{namespace}/{zone}/samples',
  params: zonePath,
  summary: 'Adds a sample file to a landing zone',
  description:
    'Text in UTF-8 of at most 1 MB; the body is the file and `name` its name, or a form with one file. No run reads it. 409 when the name is taken by other content, unless `replace=true`, and when the zone has 20 samples.',
  query: uploadQuery.partial({ name: true }),
  rawBody: { ...ANY_BYTES, ...formWithFile() },
  answers: { 201: json('The sample', landingSample) },
  errors: [404, 409, 413, 415, 422, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'never',
});

export const deleteLandingSample = defineOperation({
  id: 'deleteLandingSample',
  method: 'delete',
  path: '/api/v1/landing-zones/{namespace}/{zone}/samples/{name}',
  params: { ...zonePath, name: landingFileName },
  summary: 'Deletes a sample file of a landing zone',
  answers: { 204: noContent('The sample is gone') },
  negotiates: true,
  errors: [404, 409, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'never',
});

export const getLandingFile = defineOperation({
  id: 'getLandingFile',
  method: 'get',
  path: '/api/v1/landing-zones/{namespace}/{zone}/files/{name}',
  params: {
    ...zonePath,
    name: z.string().meta({ description: 'The name of the file, or its id' }),
  },
  summary: 'One file that waits in a landing zone, with its columns and first rows',
  description:
    '`name` is the name of the file or its id. A file that cannot be read is answered too, with the reason in `error`.',
  answers: { 200: json('The file', landingFileFacts) },
  errors: [404, 409, 429, 503],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

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
    'The body is the file, of any media type, and `name` its name; or a form with one file. The file appears whole or not at all. 409 when the name is taken by other content, unless `replace=true`; the very same content is accepted again and changes nothing. With `Idempotency-Key`, a repeated request stores nothing, also when a run has archived the file meanwhile. 422 with the differences when the zone expects other columns.',
  query: uploadQuery.partial({ name: true }),
  rawBody: { ...ANY_BYTES, ...formWithFile() },
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  answers: {
    201: {
      ...json('The file', uploadedFile),
      headers: {
        Location: { description: 'The path of the file' },
        ...IDEMPOTENT_REPLAYED,
      },
    },
  },
  errors: [404, 409, 413, 415, 422, 429, 503, 504],
  access: { role: 'author', namespace: 'path' },
  retry: 'key',
});

export const deleteLandingFile = defineOperation({
  id: 'deleteLandingFile',
  method: 'delete',
  path: '/api/v1/landing-zones/{namespace}/{zone}/files/{name}',
  params: {
    ...zonePath,
    name: z.string().meta({ description: 'The name of the file, or its id' }),
  },
  summary: 'Deletes a file that waits in a landing zone',
  description:
    '`name` is the name of the file or its id. By its id, a file that has replaced it stays: 404.',
  answers: { 204: noContent('The file is gone') },
  negotiates: true,
  errors: [404, 409, 429, 503],
  access: { role: 'author', namespace: 'path' },
  retry: 'never',
});
