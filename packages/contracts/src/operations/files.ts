import { z } from 'zod';
import {
  fileContent,
  fileList,
  fileUploaded,
  fileWritten,
  listFilesQuery,
  putFileBody,
} from '../http/file.ts';
import { defineOperation, json, noContent } from './operation.ts';
import { ETAG, filePath, IF_MATCH, IF_NONE_MATCH, REQUESTED_BY } from './parameters.ts';
import { formWithFile } from './raw-bodies.ts';

const path = '/api/v1/files/{path}';

export const listFiles = defineOperation({
  id: 'listFiles',
  method: 'get',
  path: '/api/v1/files',
  params: {},
  summary: 'The files of pipelines, by path',
  description:
    'A pipeline with a draft has the files of its draft, any other those of its current version. `prefix` is the beginning of a path, `exclude` names folders that are left out, separated by commas. Below `{namespace}/landing/{zone}/_processed/` are the files that runs have archived; only such a prefix lists them.',
  query: listFilesQuery,
  answers: { 200: json('The files', fileList) },
  errors: [429, 503],
  access: { role: 'viewer', namespace: 'file' },
  retry: 'safe',
});

export const readFile = defineOperation({
  id: 'readFile',
  method: 'get',
  path,
  deep: true,
  params: filePath,
  summary: 'A file of a pipeline: the text of its draft, or else of its current version',
  answers: { 200: { ...json('The file', fileContent), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'file' },
  retry: 'safe',
});

export const writeFile = defineOperation({
  id: 'writeFile',
  method: 'put',
  path,
  deep: true,
  params: filePath,
  summary: 'Writes a file into the draft of its pipeline',
  description:
    'Without a draft, one is begun from the current version. The pipeline need not exist yet, only its namespace. A publish makes the draft the newest version. `If-Match` is the tag of the draft, or of the pipeline while there is no draft; with `If-None-Match: *` the file is only created.',
  headers: { ...IF_MATCH, ...IF_NONE_MATCH, ...REQUESTED_BY },
  body: putFileBody,
  requiresBody: true,
  answers: { 200: { ...json('The file is written', fileWritten), headers: ETAG } },
  errors: [404, 412, 422],
  access: { role: 'author', namespace: 'file' },
  retry: 'safe',
});

export const deleteFile = defineOperation({
  id: 'deleteFile',
  method: 'delete',
  path,
  deep: true,
  params: filePath,
  summary: 'Removes a file from the draft of its pipeline',
  description: 'A file that is not there is removed already.',
  headers: { ...IF_MATCH, ...REQUESTED_BY },
  answers: { 204: noContent('The file is not there') },
  negotiates: true,
  errors: [404, 412, 422],
  access: { role: 'author', namespace: 'file' },
  retry: 'safe',
});

export const uploadFile = defineOperation({
  id: 'uploadFile',
  method: 'post',
  path: '/api/v1/files/upload',
  params: {},
  summary: 'Writes a file into the draft of its pipeline, from a form',
  description:
    'A `multipart/form-data` body with the parts `path`, where the file belongs, and `file`. Otherwise as PUT of the path.',
  headers: { ...IF_MATCH, ...IF_NONE_MATCH, ...REQUESTED_BY },
  rawBody: formWithFile({ path: z.string() }),
  answers: { 201: { ...json('The file is written', fileUploaded), headers: ETAG } },
  errors: [404, 412, 413, 415, 422],
  access: { role: 'author', namespace: 'file' },
  retry: 'safe',
});
