import { putPipelineBody, type PutPipelineAnswer } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import { type PipelineSource, readPipelineFiles } from '@rat/pipelines';
import type { ApiClient } from './api-client.ts';
import { LauncherError } from './launcher-error.ts';

/** A pipeline that was put, with what the API warns about. */
export interface PutPipeline extends PipelineSource {
  warnings: PutPipelineAnswer['warnings'];
}

/** PUTs every pipeline below `directory` through the API; returns the pipelines. */
export async function putPipelines(api: ApiClient, directory: string): Promise<PutPipeline[]> {
  const sources = await readPipelineFiles(directory);
  if (sources.length === 0) {
    throw new LauncherError(
      `no pipelines in ${directory}; expected pipelines/<namespace>/<layer>/<name>/pipeline.sql`,
    );
  }
  const put: PutPipeline[] = [];
  for (const source of sources) {
    const body = putPipelineBody.safeParse({
      sql: source.sql,
      ...(source.config === undefined ? {} : { config: source.config }),
      quality_tests: source.qualityTests ?? [],
    });
    if (!body.success) {
      const issues = body.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      throw new LauncherError(`${formatRef(source.ref)}: ${issues.join('; ')}`);
    }
    put.push({ ...source, warnings: await api.putPipeline(source.ref, body.data) });
  }
  return put;
}
