import { ConflictError, type RatClient } from '@rat/client';
import { putPipelineBody, type PutPipelineAnswer } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import type { PipelineSource } from '@rat/pipelines';
import { about, FolderError } from './folder-error.ts';
import { orderToStore } from './order-to-store.ts';
import { readFolder, type FolderPipeline } from './read-files.ts';
import { refuseMistakes } from './refuse-mistakes.ts';

/** A pipeline that was put: what changed, and what the API warns about. */
export interface AppliedPipeline extends PipelineSource {
  result: PutPipelineAnswer['result'];
  warnings: PutPipelineAnswer['warnings'];
}

/** What `applyFolder` did. */
export interface Applied {
  put: AppliedPipeline[];
  /** The namespaces that the folder names and that did not exist. */
  madeNamespaces: string[];
}

/**
 * Makes the namespaces that `directory` names, then PUTs every pipeline in it through the API. Throws
 * FolderError for the mistakes that a PUT would refuse, before anything is stored.
 */
export async function applyFolder(rat: RatClient, directory: string): Promise<Applied> {
  const puts = await readPuts(rat, directory);
  const madeNamespaces: string[] = [];
  for (const namespace of new Set(puts.map(({ source }) => source.ref.namespace))) {
    if (await about(`namespace ${namespace}`, ensureNamespace(rat, namespace)))
      madeNamespaces.push(namespace);
  }
  const put: AppliedPipeline[] = [];
  for (const one of puts) put.push(await putSource(rat, one));
  return { put, madeNamespaces };
}

/** Throws the FolderError that `applyFolder` would throw before it stores anything. */
export async function checkApply(rat: RatClient, directory: string): Promise<void> {
  await readPuts(rat, directory);
}

/** Makes the namespace of one pipeline of a folder unless it exists, then PUTs the pipeline. */
export async function applyPipeline(
  rat: RatClient,
  source: FolderPipeline,
): Promise<AppliedPipeline> {
  const { namespace } = source.ref;
  await about(`namespace ${namespace}`, ensureNamespace(rat, namespace));
  return putSource(rat, { source, body: toBody(source) });
}

type PutBody = Parameters<RatClient['pipelines']['put']>[1];

interface Put {
  source: FolderPipeline;
  body: PutBody;
}

/** The requests that store the folder, in their order. Throws FolderError for its mistakes. */
async function readPuts(rat: RatClient, directory: string): Promise<Put[]> {
  const sources = await readFolder(directory);
  const refs = await refuseMistakes(rat, sources);
  return orderToStore(sources, refs).map((source) => ({ source, body: toBody(source) }));
}

async function putSource(rat: RatClient, { source, body }: Put): Promise<AppliedPipeline> {
  const { result, warnings } = await about(
    formatRef(source.ref),
    rat.pipelines.put(source.ref, body),
  );
  return { ...source, result, warnings };
}

/** The body of the PUT. Throws FolderError for values that no request may have. */
function toBody(source: FolderPipeline): PutBody {
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
  return { ...body.data, config: source.configYaml ?? body.data.config };
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
