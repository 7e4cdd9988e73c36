import { isDeepStrictEqual } from 'node:util';
import { resolve } from 'node:path';
import { NotFoundError, type RatClient } from '@rat/client';
import { formatRef, type PipelineRef } from '@rat/domain';
import { findSource } from './check-folder.ts';
import { isChanged } from './diff-folder.ts';
import { inFile } from './file-of-issue.ts';
import { about } from './folder-error.ts';
import { mapAtOnce } from './map-at-once.ts';
import { readFolder, type FolderPipeline } from './read-files.ts';

type Draft = Awaited<ReturnType<RatClient['drafts']['put']>>;
type Content = Pick<Draft, 'sql' | 'config' | 'quality_tests' | 'config_yaml'>;
type Body = Parameters<RatClient['drafts']['put']>[1];

/**
 * The pipelines that a path is about: one, by a file of it or by its folder; of a folder that holds `pipelines/` those that the API
 * has otherwise.
 */
export async function readForDrafts(rat: RatClient, path: string): Promise<FolderPipeline[]> {
  const only = await findSource(path);
  if (only !== undefined) return [only];
  const sources = await readFolder(resolve(path));
  const looked = await mapAtOnce(sources, async (source) => ({
    source,
    hasChanged: await isChanged(rat, source),
  }));
  return looked.filter(({ hasChanged }) => hasChanged).map(({ source }) => source);
}

/** A draft, and the tag of the state that it was read in. */
export interface TaggedDraft {
  draft: Draft;
  etag: string;
}

/** The draft of a pipeline; undefined while there is none. */
export async function findDraft(
  rat: RatClient,
  ref: PipelineRef,
): Promise<TaggedDraft | undefined> {
  try {
    const response = await rat.drafts.get.response(ref);
    return {
      draft: (await response.json()) as Draft,
      etag: response.headers.get('etag') ?? '',
    };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * Stores a pipeline of a folder as a draft, in place of the one that was read, or of none. The `path` of each issue in the
 * answer is that of a file. Throws FolderError, also when another draft has been stored since.
 */
export async function saveDraft(
  rat: RatClient,
  source: FolderPipeline,
  { message, replaces }: { message: string | undefined; replaces: TaggedDraft | undefined },
): Promise<Draft> {
  const { config_yaml: text, config, ...content } = contentOf(source);
  const body: Body = {
    ...content,
    config: text ?? config,
    ...(message === undefined ? {} : { message }),
  };
  const headers: Record<string, string> =
    replaces === undefined ? { 'if-none-match': '*' } : { 'if-match': replaces.etag };
  const draft = await about(formatRef(source.ref), rat.drafts.put(source.ref, body, { headers }));
  return { ...draft, issues: draft.issues.map(inFile) };
}

/** Whether a stored draft has the content of the files. */
export function isSameDraft(source: FolderPipeline, draft: Content): boolean {
  const wanted = contentOf(source);
  return (
    wanted.sql === draft.sql &&
    wanted.config_yaml === draft.config_yaml &&
    (wanted.config_yaml !== null || isDeepStrictEqual(wanted.config, draft.config)) &&
    isDeepStrictEqual(wanted.quality_tests, draft.quality_tests)
  );
}

function contentOf({ sql, config, configYaml, qualityTests = [] }: FolderPipeline) {
  return {
    sql,
    config: (config ?? {}) as Record<string, unknown>,
    config_yaml: configYaml ?? null,
    quality_tests: qualityTests.map((test) => ({ ...test })),
  };
}
