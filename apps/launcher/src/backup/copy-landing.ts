import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyTree, listFiles, type Copied } from './copy-file.ts';
import { placeOf, type LandingSnapshot } from './processed-file.ts';

/**
 * Copies the landing zones and makes the copy agree with a snapshot that was taken before: each file
 * is either waiting or processed, as the snapshot has it. A run that moves a file during the copy may
 * leave it in both places; the walk of a zone lists `_processed` with everything else, so the
 * processed files are copied once more at the end.
 */
export async function copyLanding(
  from: string,
  to: string,
  snapshot: LandingSnapshot,
): Promise<Copied> {
  await copyTree(from, to);
  await copyTree(from, to, (path) => path.includes('/_processed/'));
  for (const file of await listFiles(to)) {
    const placed = placeOf(file, snapshot);
    if (placed === undefined) continue;
    const processed = join(to, file);
    const delivered = join(to, placed.path);
    if (placed.place === 'processed') {
      if (await isSame(processed, delivered)) await rm(delivered);
    } else if (!(await exists(delivered))) {
      await mkdir(dirname(delivered), { recursive: true });
      await rename(processed, delivered);
    } else if (await isSame(processed, delivered)) {
      await rm(processed);
    }
    // Otherwise another file was delivered under the name since. The older one stays where it is.
  }
  const copied = { files: 0, bytes: 0 };
  for (const file of await listFiles(to)) {
    copied.files += 1;
    copied.bytes += (await stat(join(to, file))).size;
  }
  return copied;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Whether both are the same delivery: a move keeps size and time. */
async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.size === b.size && a.mtimeMs === b.mtimeMs;
}
