import { link, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, isVersion, statFile } from './local-files.ts';

/**
 * Renames a file if it has this version. True when the version is at `to`: a file that is then at
 * `from` is another one.
 */
export async function moveFile(
  from: string,
  to: string,
  version: string,
  reading: { follow: boolean },
): Promise<boolean> {
  const there = await statFile(to, reading);
  if (there !== undefined) return isVersion(there, version) || putBack(from, to);
  if (!isVersion(await statFile(from, reading), version)) return false;
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  // The file may be replaced between the check and the rename; then another one was moved.
  return isVersion(await statFile(to, reading), version) || putBack(from, to);
}

/**
 * Moves a file back with a link, which fails when a newer file is there; a rename would replace it.
 */
async function putBack(from: string, to: string): Promise<false> {
  try {
    await link(to, from);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await rm(to, { force: true });
  return false;
}
