import { putPipelineBody, type PutPipelineAnswer } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import { type PipelineSource, readPipelineFiles } from '@rat/pipelines';
import type { ApiClient } from './api-client.ts';
import { LauncherError } from './launcher-error.ts';

/** A pipeline that was put: what changed, and what the API warns about. */
export interface PutPipeline extends PipelineSource {
  result: PutPipelineAnswer['result'];
  warnings: PutPipelineAnswer['warnings'];
}

/** What `putPipelines` did. */
export interface PutPipelines {
  put: PutPipeline[];
  /** The namespaces that the folder names and that did not exist. */
  madeNamespaces: string[];
}

/** Makes the namespaces that `directory` names, then PUTs every pipeline in it through the API. */
export async function putPipelines(api: ApiClient, directory: string): Promise<PutPipelines> {
  const sources = await readPipelineFiles(directory);
  if (sources.length === 0) {
    throw new LauncherError(
      `no pipelines in ${directory}; expected pipelines/<namespace>/<layer>/<name>/pipeline.sql`,
    );
  }
  const madeNamespaces: string[] = [];
  for (const namespace of new Set(sources.map(({ ref }) => ref.namespace))) {
    if (await api.ensureNamespace(namespace)) madeNamespaces.push(namespace);
  }
  const put: PutPipeline[] = [];
  for (const source of sources) {
    const body = putPipelineBody.safeParse({
      sql: source.sql,
      ...(source.config === undefined ? {} : { config: source.config }),
      quality_tests: source.qualityTests ?? [],
      automation_yaml: source.automationYaml ?? null,
    });
    if (!body.success) {
      const issues = body.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      throw new LauncherError(`${formatRef(source.ref)}: ${issues.join('; ')}`);
    }
    // The text keeps its comments; it was parsed to be checked.
    const config = source.configYaml ?? body.data.config;
    put.push({ ...source, ...(await api.putPipeline(source.ref, { ...body.data, config })) });
  }
  return { put, madeNamespaces };
}
