import { basename, dirname, resolve } from 'node:path';
import type { RatClient } from '@rat/client';
import { formatRef, isLayer, type PipelineRef } from '@rat/domain';
import { readPipelineFiles } from '@rat/pipelines';
import type { FolderPipeline } from './apply-folder.ts';
import { inFile } from './file-of-issue.ts';
import { about, FolderError } from './folder-error.ts';
import { readFolder } from './read-files.ts';

type Checked = Awaited<ReturnType<RatClient['pipelines']['validate']>>;
type Previewed = Awaited<ReturnType<RatClient['pipelines']['preview']>>;

/** What the API finds in a pipeline of a folder that is not stored. */
export interface CheckedPipeline {
  ref: PipelineRef;
  /** The `path` of each is that of the file, such as `pipeline.sql`; the message names the setting. */
  issues: Checked['issues'];
}

/** How a call of the API is made. */
interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** What a preview reads and tries; `limit` is in rows. */
interface PreviewOptions extends CallOptions {
  limit: number;
  runTests: boolean;
}

/** Checks every pipeline of a folder. Nothing is stored and no row is read. */
export async function checkFolder(rat: RatClient, directory: string): Promise<CheckedPipeline[]> {
  const checked: CheckedPipeline[] = [];
  for (const source of await readFolder(directory)) checked.push(await checkPipeline(rat, source));
  return checked;
}

/** Checks one pipeline of a folder. */
export async function checkPipeline(
  rat: RatClient,
  source: FolderPipeline,
  options: CallOptions = {},
): Promise<CheckedPipeline> {
  const { ref } = source;
  const call = rat.pipelines.validate(toUnsaved(source), options);
  const { issues } = await about(formatRef(ref), call);
  return { ref, issues: issues.map(inFile) };
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
  return previewPipeline(rat, await findSource(path), options);
}

/** The same of a pipeline that was read already. */
export async function previewPipeline(
  rat: RatClient,
  source: FolderPipeline,
  { limit, runTests, ...options }: PreviewOptions,
): Promise<Previewed> {
  const body = { ...toUnsaved(source), limit, run_tests: runTests };
  return about(formatRef(source.ref), rat.pipelines.preview(body, options));
}

/** The pipeline that a file or a folder belongs to, by the names of the folders above it. */
async function findSource(path: string): Promise<FolderPipeline> {
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
  throw new FolderError(
    `${path} is in no pipeline; expected pipelines/<namespace>/<layer>/<name>/pipeline.sql`,
  );
}

function toUnsaved(source: FolderPipeline): Parameters<RatClient['pipelines']['validate']>[0] {
  const { ref, sql, config, configYaml, qualityTests = [] } = source;
  // Only the text of a config.yaml has lines, for the places of its mistakes.
  const settings = configYaml ?? (config as Record<string, unknown> | undefined);
  const tests = qualityTests.map((test) => ({ ...test }));
  return {
    ref,
    files: { sql, quality_tests: tests, ...(settings === undefined ? {} : { config: settings }) },
  };
}
