import { chmod, chown, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The umask for files and folders that users outside of the group cannot read. */
export const CLOSED_UMASK = 0o027;

const SHARED_FOLDER = 0o2750;

/**
 * Creates a folder and closes it to other users. With `gid`, that group may traverse it but not
 * list it.
 */
export async function closeFolder(folder: string, gid?: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (gid !== undefined) await chown(folder, (await lstat(folder)).uid, gid);
  await chmod(folder, gid === undefined ? 0o700 : 0o710);
}

/**
 * Creates a folder that the group `gid`, and no other user, may read with everything in it; files
 * created in it later belong to the group too. A folder of an older version is converted once: its
 * own mode is set last and marks it as converted. Links are not followed.
 */
export async function shareFolder(folder: string, gid: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: SHARED_FOLDER });
  const found = await lstat(folder);
  if (found.gid === gid && (found.mode & 0o7777) === SHARED_FOLDER) return;
  await shareTree(folder, gid);
}

async function shareTree(folder: string, gid: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await shareTree(path, gid);
    if (entry.isFile()) await shareFile(path, gid);
  }
  await chown(folder, (await lstat(folder)).uid, gid);
  await chmod(folder, SHARED_FOLDER);
}

async function shareFile(file: string, gid: number): Promise<void> {
  const { uid, mode } = await lstat(file);
  await chown(file, uid, gid);
  await chmod(file, (mode & 0o600) | 0o040);
}
