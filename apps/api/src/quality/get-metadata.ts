import type { MetadataFile } from '@rat/contracts';
import { writeYaml } from '@rat/pipelines';
import { getPipeline } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams, type PipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { pipelinePrefix } from '../pipelines/pipeline-paths.ts';
import { findTests } from './find-tests.ts';
import type { QualityDeps } from './quality-deps.ts';

/** GET …/metadata: what is said of a pipeline. */
export function getPipelineMetadataRoute(
  deps: QualityDeps,
): HandledOperation<'getPipelineMetadata'> {
  return handleOperation('getPipelineMetadata', async (req, res) => {
    res.json(await describePipeline(deps, req.params));
  });
}

/** GET /metadata/{namespace}/pipeline/…: the same, under its older path. */
export function getOldPipelineMetadataRoute(
  deps: QualityDeps,
): HandledOperation<'getOldPipelineMetadata'> {
  return handleOperation('getOldPipelineMetadata', async (req, res) => {
    res.json(await describePipeline(deps, req.params));
  });
}

/** GET …/metadata/quality: what the tests of a pipeline say of themselves. */
export function getTestsMetadataRoute(deps: QualityDeps): HandledOperation<'getTestsMetadata'> {
  return handleOperation('getTestsMetadata', async (req, res) => {
    res.json(await describeTests(deps, req.params));
  });
}

/** GET /metadata/{namespace}/quality/…: the same, under its older path. */
export function getOldTestsMetadataRoute(
  deps: QualityDeps,
): HandledOperation<'getOldTestsMetadata'> {
  return handleOperation('getOldTestsMetadata', async (req, res) => {
    res.json(await describeTests(deps, req.params));
  });
}

async function describePipeline(
  { db }: QualityDeps,
  params: PipelineParams,
): Promise<MetadataFile> {
  const ref = parsePipelineParams(params);
  const { description, owner } = await getPipeline(db, ref);
  return {
    path: `${pipelinePrefix(ref)}pipeline.meta.yaml`,
    content: writeYaml({ description, owner }),
  };
}

async function describeTests(deps: QualityDeps, params: PipelineParams): Promise<MetadataFile> {
  const ref = parsePipelineParams(params);
  const tests = await findTests(deps, ref, await getPipeline(deps.db, ref));
  const facts = tests.map(({ name, severity, description, tags, remediation }) => [
    name,
    { severity, description, tags, remediation },
  ]);
  return {
    path: `${pipelinePrefix(ref)}tests/quality.meta.yaml`,
    content: writeYaml(Object.fromEntries(facts) as Record<string, unknown>),
  };
}
