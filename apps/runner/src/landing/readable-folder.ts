import { mkdir } from 'node:fs/promises';
import { shareFolder } from '@rat/runtime';

/**
 * Makes a folder for files that children may read and not change; the files and folders in it
 * belong to their group. `executorGid` undefined: children run as our own user.
 */
export async function makeReadableFolder(
  folder: string,
  executorGid: number | undefined,
): Promise<void> {
  if (executorGid === undefined) await mkdir(folder, { recursive: true });
  else await shareFolder(folder, executorGid);
}
