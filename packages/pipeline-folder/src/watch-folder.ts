import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { formatRef } from '@rat/domain';
import { readPipelineFiles } from '@rat/pipelines';
import { watch, type FSWatcher } from 'chokidar';
import type { FolderPipeline } from './read-files.ts';
import { FolderError } from './folder-error.ts';

/** An editor writes a file in several steps; what it leaves is read after this time. */
const SETTLE_MS = 100;

/**
 * The pipelines of a folder: first all of them, and then, after each change on the disk, those whose files have
 * changed. Ends when the signal aborts. A folder that cannot be read as it is now yields the error, and the watch goes
 * on. Throws FolderError when the folder does not exist.
 */
export async function* watchFolder(
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<FolderPipeline[] | Error> {
  const root = join(directory, 'pipelines');
  if (!(await isFolder(root))) throw new FolderError(`${directory} has no folder pipelines/`);
  const watcher = watch(root, { ignoreInitial: true });
  try {
    yield* readChanges(directory, watcher, signal);
  } finally {
    await watcher.close();
  }
}

async function* readChanges(
  directory: string,
  watcher: FSWatcher,
  signal: AbortSignal,
): AsyncGenerator<FolderPipeline[] | Error> {
  let hasChanged = false;
  watcher.on('all', () => (hasChanged = true));
  // From here on it reports every change, so that none is missed while the folder is read.
  await once(watcher, 'ready');
  let known = new Map<string, string>();
  for (;;) {
    hasChanged = false;
    try {
      const sources = await readPipelineFiles(directory);
      const texts = new Map(sources.map((one) => [formatRef(one.ref), JSON.stringify(one)]));
      const changed = sources.filter(({ ref }) => {
        const address = formatRef(ref);
        return known.get(address) !== texts.get(address);
      });
      known = texts;
      if (changed.length > 0) yield changed;
    } catch (error) {
      yield error instanceof Error ? error : new Error(String(error));
    }
    if (!hasChanged && !(await nextChange(watcher, signal))) return;
    await pause(SETTLE_MS);
  }
}

/** Waits for a change; false when the signal aborts first. */
async function nextChange(watcher: FSWatcher, signal: AbortSignal): Promise<boolean> {
  try {
    await once(watcher, 'all', { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}
