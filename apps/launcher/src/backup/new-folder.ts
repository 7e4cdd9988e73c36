import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LauncherError } from '../launcher-error.ts';

/**
 * Makes a folder with what `fill` writes: it appears complete or not at all. `fill` gets a folder
 * beside it that no other process uses. Throws LauncherError when `to` holds something, also when
 * that appeared meanwhile.
 */
export async function makeFolder<T>(to: string, fill: (partial: string) => Promise<T>): Promise<T> {
  const entries = await readdir(to).catch(() => []);
  if (entries.length > 0) throw inUse(to);
  await mkdir(dirname(to), { recursive: true });
  const partial = await mkdtemp(`${to}.partial-`);
  try {
    const filled = await fill(partial);
    // The system replaces an empty folder, and refuses one that holds something.
    await rename(partial, to);
    return filled;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw isNotEmpty(error) ? inUse(to) : error;
  }
}

function inUse(folder: string): LauncherError {
  return new LauncherError(`${folder} is not empty; name a folder that does not exist yet`);
}

function isNotEmpty(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ENOTEMPTY', 'EEXIST'].includes(String(error.code))
  );
}
