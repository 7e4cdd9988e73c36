import { chmod, chown, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A child left something in its folder that is not a plain file, such as a link that leads out of it. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/** Makes a folder and gives it to a child's user, which alone may write there; its group may read. */
export async function lendFolder(
  folder: string,
  user: { uid: number; gid: number },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o2750);
}

/**
 * Takes a folder back with all that is in it: from here on no child can change it, neither the one that wrote it nor a
 * later one of the same user. Each folder is taken before it is listed, so that nothing in it can be exchanged meanwhile.
 * Throws ForeignFileError for a link, a file with a second name and a special file: changing their owner or mode would
 * change something else.
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
