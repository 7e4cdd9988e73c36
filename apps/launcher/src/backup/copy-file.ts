import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a copy took. */
export interface Copied {
  files: number;
  bytes: number;
}

/**
 * Copies a file with its modification time; undefined when the source does not exist any more.
 * Shares blocks with it on file systems that can. A copy that is there already is made again.
 */
export async function copyWithTime(source: string, target: string): Promise<number | undefined> {
  await mkdir(dirname(target), { recursive: true });
  try {
    const { atime, mtime, size } = await stat(source);
    await rm(target, { force: true });
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await utimes(target, atime, mtime);
    return size;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Copies every regular file below a folder that `wanted` accepts. Links are not followed. */
export async function copyTree(
  from: string,
  to: string,
  wanted: (path: string) => boolean = () => true,
): Promise<Copied> {
  const copied = { files: 0, bytes: 0 };
  for (const path of (await listFiles(from)).filter(wanted)) {
    const bytes = await copyWithTime(join(from, path), join(to, path));
    if (bytes === undefined) continue;
    copied.files += 1;
    copied.bytes += bytes;
  }
  return copied;
}

/** The regular files below a folder, relative to it; none when the folder does not exist. */
export async function listFiles(folder: string, below = ''): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(
    (error: unknown) => {
      if (isGone(error)) return [];
      throw error;
    },
  );
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await listFiles(folder, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
