import { collect, NotFoundError, type RatClient } from '@rat/client';
import { formatRef, type PipelineRef } from '@rat/domain';
import { diffFiles, type FileDiff } from '@rat/pipelines';
import { about, FolderError } from './folder-error.ts';
import { mapAtOnce } from './map-at-once.ts';
import { filesOfSource, readFolder, readStoredFiles, type FolderPipeline } from './read-files.ts';

/** A pipeline whose files in the folder are not those of the API. */
export interface PipelineDiff {
  ref: PipelineRef;
  /** `gone`: the folder has its namespace and not the pipeline. */
  status: 'new' | 'changed' | 'gone';
  files: FileDiff[];
}

/**
 * What an apply of the folder would change, pipeline by pipeline, in the order of their addresses. With `prune` it also
 * finds the pipelines that the folder no longer has, in the namespaces that it has.
 */
export async function diffFolder(
  rat: RatClient,
  directory: string,
  { prune }: { prune: boolean },
): Promise<PipelineDiff[]> {
  const sources = await readFolder(directory);
  const compared = await mapAtOnce(sources, (source) => compare(rat, source));
  const diffs = compared.filter(({ files }) => files.length > 0);
  if (prune)
    diffs.push(...(await findGone(rat, new Set(sources.map(({ ref }) => formatRef(ref))))));
  return diffs.toSorted((one, other) => (formatRef(one.ref) < formatRef(other.ref) ? -1 : 1));
}

/** Whether a PUT of the pipeline would change what is stored. */
export async function isChanged(rat: RatClient, source: FolderPipeline): Promise<boolean> {
  const { files } = await compare(rat, source);
  return files.length > 0;
}

async function compare(rat: RatClient, source: FolderPipeline): Promise<PipelineDiff> {
  const { ref } = source;
  const stored = await findStoredFiles(rat, ref);
  const files = diffFiles(stored ?? new Map(), filesOfSource(source));
  return { ref, status: stored === undefined ? 'new' : 'changed', files };
}

async function findStoredFiles(
  rat: RatClient,
  ref: PipelineRef,
): Promise<Map<string, string> | undefined> {
  try {
    return await readStoredFiles(rat, ref);
  } catch (error) {
    if (error instanceof FolderError && error.cause instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function findGone(rat: RatClient, kept: ReadonlySet<string>): Promise<PipelineDiff[]> {
  const namespaces = new Set([...kept].map((address) => address.split('.', 1)[0] ?? ''));
  const gone: PipelineDiff[] = [];
  for (const namespace of namespaces) {
    const list = collect(rat.pipelines.list({ namespace }));
    for (const { layer, name } of await about(`namespace ${namespace}`, list)) {
      const ref = { namespace, layer, name };
      if (kept.has(formatRef(ref))) continue;
      const files = diffFiles(await readStoredFiles(rat, ref), new Map());
      gone.push({ ref, status: 'gone', files });
    }
  }
  return gone;
}
