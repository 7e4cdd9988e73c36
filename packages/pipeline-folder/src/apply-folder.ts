import { ConflictError, type RatClient } from '@rat/client';
import { putPipelineBody, type PutPipelineAnswer } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import type { PipelineSource, readPipelineFiles } from '@rat/pipelines';
import { about, FolderError } from './folder-error.ts';
import { orderByTriggers } from './order-by-triggers.ts';
import { readFolder } from './read-files.ts';

/** A pipeline that was put: what changed, and what the API warns about. */
export interface AppliedPipeline extends PipelineSource {
  result: PutPipelineAnswer['result'];
  warnings: PutPipelineAnswer['warnings'];
}

/** A pipeline as a folder has it. */
export type FolderPipeline = Awaited<ReturnType<typeof readPipelineFiles>>[number];

/** What `applyFolder` did. */
export interface Applied {
  put: AppliedPipeline[];
  /** The namespaces that the folder names and that did not exist. */
  madeNamespaces: string[];
}

/** Makes the namespaces that `directory` names, then PUTs every pipeline in it through the API. */
export async function applyFolder(rat: RatClient, directory: string): Promise<Applied> {
  const sources = await readFolder(directory);
  const madeNamespaces: string[] = [];
  for (const namespace of new Set(sources.map(({ ref }) => ref.namespace))) {
    if (await about(`namespace ${namespace}`, ensureNamespace(rat, namespace)))
      madeNamespaces.push(namespace);
  }
  const put: AppliedPipeline[] = [];
  for (const source of orderByTriggers(sources)) put.push(await putSource(rat, source));
  return { put, madeNamespaces };
}

/** Makes the namespace of one pipeline of a folder unless it exists, then PUTs the pipeline. */
export async function applyPipeline(
  rat: RatClient,
  source: FolderPipeline,
): Promise<AppliedPipeline> {
  const { namespace } = source.ref;
  await about(`namespace ${namespace}`, ensureNamespace(rat, namespace));
  return putSource(rat, source);
}

async function putSource(rat: RatClient, source: FolderPipeline): Promise<AppliedPipeline> {
  const body = putPipelineBody.safeParse({
    sql: source.sql,
    ...(source.config === undefined ? {} : { config: source.config }),
    quality_tests: source.qualityTests ?? [],
    automation_yaml: source.automationYaml ?? null,
  });
  if (!body.success) {
    const issues = body.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new FolderError(`${formatRef(source.ref)}: ${issues.join('; ')}`);
  }
  // The text keeps its comments; it was parsed to be checked.
  const config = source.configYaml ?? body.data.config;
  const call = rat.pipelines.put(source.ref, { ...body.data, config });
  const { result, warnings } = await about(formatRef(source.ref), call);
  return { ...source, result, warnings };
}

/** Makes a namespace unless it exists; resolves with whether it was made. */
async function ensureNamespace(rat: RatClient, name: string): Promise<boolean> {
  const { total } = await rat.namespaces.list({ namespace: name, limit: 1 }).first();
  if (total > 0) return false;
  try {
    await rat.namespaces.create({ name });
    return true;
  } catch (error) {
    // Another client may have made it in between.
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
