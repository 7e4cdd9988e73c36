import { metadataFile } from '../http/metadata.ts';
import { defineOperation, json } from './operation.ts';
import { pipelinePath } from './parameters.ts';

const ofPipeline = {
  method: 'get',
  params: pipelinePath,
  summary: 'The description and the owner of a pipeline, as a file in YAML',
  answers: { 200: json('The file', metadataFile) },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
} as const;

const ofTests = {
  ...ofPipeline,
  summary: 'Severity, description, tags and remediation of each quality test, as a file in YAML',
} as const;

export const getPipelineMetadata = defineOperation({
  ...ofPipeline,
  id: 'getPipelineMetadata',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/metadata',
});

export const getTestsMetadata = defineOperation({
  ...ofTests,
  id: 'getTestsMetadata',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/metadata/quality',
});

/** The path that older clients of the reference platform use. */
export const getOldPipelineMetadata = defineOperation({
  ...ofPipeline,
  id: 'getOldPipelineMetadata',
  path: '/api/v1/metadata/{namespace}/pipeline/{layer}/{name}',
});

/** The path that older clients of the reference platform use. */
export const getOldTestsMetadata = defineOperation({
  ...ofTests,
  id: 'getOldTestsMetadata',
  path: '/api/v1/metadata/{namespace}/quality/{layer}/{name}',
});
