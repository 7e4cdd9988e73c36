import { basename, dirname, resolve } from 'node:path';
import type { RatClient } from '@rat/client';
import { formatRef, isLayer, type PipelineRef } from '@rat/domain';
import { readPipelineFiles } from '@rat/pipelines';
import { inFile } from './file-of-issue.ts';
import { findWatched } from './find-watched.ts';
import { about, FolderError } from './folder-error.ts';
import { mapAtOnce } from './map-at-once.ts';
import { readFolder, type FolderPipeline } from './read-files.ts';

type Checked = Awaited<ReturnType<RatClient['pipelines']['validate']>>;
type Previewed = Awaited<ReturnType<RatClient['pipelines']['preview']>>;

/** What the API finds in a pipeline of a folder that is not stored. */
export interface CheckedPipeline {
  ref: PipelineRef;
  /** The `path` of each is that of the file, such as `pipeline.sql`; the message names the setting. */
  issues: Checked['issues'];
  /** The tables that its SQL reads, as `namespace.layer.name`. */
  refs: string[];
}

/** How a call of the API is made. */
interface CallOptions {
  signal?: AbortSignal | undefined;
}

interface CheckOptions extends CallOptions {
  /** Leaves out SQL and cycles with other pipelines. */
  filesOnly?: boolean | undefined;
  /** The pipelines of the folder, which a trigger may watch before they are stored. */
  addresses?: ReadonlySet<string> | undefined;
  /** What each pipeline that is stored with this one will read: then an error is what a PUT refuses. */
  storedWith?: Record<string, string[]> | undefined;
}

type PreviewBody = Parameters<RatClient['pipelines']['preview']>[0];

/** What a preview reads and tries; `limit` is in rows. */
interface PreviewOptions extends CallOptions {
  limit: number;
  runTests: boolean;
  /** What the preview shows, and what the run has that it shows, by the names of the API. */
  asked?: Pick<PreviewBody, 'params' | 'interval' | 'full_refresh' | 'compare' | 'explain'>;
}

/** Checks every pipeline of a folder. Nothing is stored and no row is read. */
export async function checkFolder(rat: RatClient, directory: string): Promise<CheckedPipeline[]> {
  const sources = await readFolder(directory);
  const addresses = new Set(sources.map(({ ref }) => formatRef(ref)));
  return mapAtOnce(sources, (source) => checkPipeline(rat, source, { addresses }));
}

/** Checks one pipeline of a folder. */
export async function checkPipeline(
  rat: RatClient,
  source: FolderPipeline,
  { filesOnly, addresses, storedWith, ...options }: CheckOptions = {},
): Promise<CheckedPipeline> {
  const { ref, automationYaml } = source;
  const { files, ...unsaved } = toUnsaved(source);
  const body = {
    ...unsaved,
    files: {
      ...files,
      ...(automationYaml === undefined ? {} : { automation_yaml: automationYaml }),
    },
    ...(filesOnly === undefined ? {} : { files_only: filesOnly }),
    ...(storedWith === undefined ? {} : { stored_with: storedWith }),
  };
  const { issues, refs } = await about(formatRef(ref), rat.pipelines.validate(body, options));
  const found = issues.filter(({ path }) => {
    const watched = findWatched(source, path);
    return watched === undefined || addresses?.has(watched) !== true;
  });
  return { ref, issues: found.map(inFile), refs };
}

/**
 * Runs a pipeline of a folder, and resolves with its first rows. Nothing is stored.
 *
 * @param path A file of the pipeline, or its folder.
 */
export async function previewFile(
  rat: RatClient,
  path: string,
  options: PreviewOptions,
): Promise<Previewed> {
  const source = await findSource(path);
  if (source !== undefined) return previewPipeline(rat, source, options);
  throw new FolderError(
    `${path} is in no pipeline; expected pipelines/<namespace>/<layer>/<name>/pipeline.sql`,
  );
}

/** The same of a pipeline that was read already. */
export async function previewPipeline(
  rat: RatClient,
  source: FolderPipeline,
  { limit, runTests, asked, ...options }: PreviewOptions,
): Promise<Previewed> {
  const body = { ...toUnsaved(source), limit, run_tests: runTests, ...asked };
  return about(formatRef(source.ref), rat.pipelines.preview(body, options));
}

/** The pipeline that a file or a folder belongs to, by the names of the folders above it. */
export async function findSource(path: string): Promise<FolderPipeline | undefined> {
  let folder = resolve(path);
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    const [layer, namespace] = [dirname(folder), dirname(dirname(folder))];
    const pipelines = dirname(namespace);
    if (basename(pipelines) !== 'pipelines' || !isLayer(basename(layer))) continue;
    const address = [namespace, layer, folder].map((one) => basename(one)).join('.');
    const sources = await readPipelineFiles(dirname(pipelines));
    const found = sources.find(({ ref }) => formatRef(ref) === address);
    if (found !== undefined) return found;
  }
  return undefined;
}

function toUnsaved(source: FolderPipeline): Parameters<RatClient['pipelines']['preview']>[0] {
  const { ref, sql, config, configYaml, qualityTests = [] } = source;
  // Only the text of a config.yaml has lines, for the places of its mistakes.
  const settings = configYaml ?? (config as Record<string, unknown> | undefined);
  const tests = qualityTests.map((test) => ({ ...test }));
  return {
    ref,
    files: { sql, quality_tests: tests, ...(settings === undefined ? {} : { config: settings }) },
  };
}
