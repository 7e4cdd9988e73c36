import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How many files are looked at side by side. */
const AT_ONCE = 64;

/**
 * Lets a group read files that people delivered with modes of their own, and pass the folders between them and `root`: a
 * runner that is root could always read them. What the group can read already is left alone, and so are links.
 */
export async function showFiles(
  paths: readonly string[],
  root: string,
  gid: number,
): Promise<void> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); at.startsWith(`${root}/`); at = dirname(at)) {
      if (folders.has(at)) break;
      folders.add(at);
    }
  }
  await showEach([...folders], gid, 0o050);
  await showEach(paths, gid, 0o040);
}

async function showEach(paths: readonly string[], gid: number, groupBits: number): Promise<void> {
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    const batch = paths.slice(start, start + AT_ONCE);
    await Promise.all(batch.map((path) => showOne(path, gid, groupBits)));
  }
}

async function showOne(path: string, gid: number, groupBits: number): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || isShown(found, gid, groupBits)) return;
  // A second name of a file may be the only one that its owner knows of.
  if (found.isFile() && found.nlink > 1) return;
  // By its descriptor: the name may lead elsewhere by now.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (handle === undefined) return;
  try {
    const { uid, mode } = await handle.stat();
    await handle.chown(uid, gid);
    await handle.chmod((mode & 0o7777) | groupBits);
  } finally {
    await handle.close();
  }
}

function isShown(
  { gid, mode }: { gid: number; mode: number },
  group: number,
  groupBits: number,
): boolean {
  const forOthers = groupBits >> 3;
  return gid === group ? (mode & groupBits) === groupBits : (mode & forOthers) === forOthers;
}
