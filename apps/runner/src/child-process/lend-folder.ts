import { chmod, chown, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A child left an entry in its folder that is not a plain file, such as a link out of the folder.
 */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/** Makes a folder for a child's user: only that user may write there, and its group may read. */
export async function lendFolder(
  folder: string,
  user: { uid: number; gid: number },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o2750);
}

/**
 * Takes a folder back with all its content. Afterwards no child can change it, neither its writer
 * nor a later child of the same user. Each folder changes its owner before it is listed, so that no
 * entry can be exchanged in between. Throws ForeignFileError for a link, a file with a second name
 * and a special file: changing their owner or mode would change another file.
 */
export async function takeFolderBack(folder: string, gid: number): Promise<void> {
  const uid = process.getuid?.() ?? 0;
  await chown(folder, uid, gid);
  await chmod(folder, 0o2750);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await takeFolderBack(path, gid);
      continue;
    }
    const found = await lstat(path);
    if (!found.isFile() || found.nlink !== 1) {
      throw new ForeignFileError('an executor left something else than files in its folder');
    }
    await chown(path, uid, gid);
    await chmod(path, 0o640);
  }
}
