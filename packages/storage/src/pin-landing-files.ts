import { constants } from 'node:fs';
import { chmod, copyFile, link, lstat, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { versionOf, type LandingFile } from './landing-file.ts';
import { codeOf, isVersion, statFile } from './local-files.ts';
import type { LocalLandingZones } from './local-landing-zones.ts';

/** How many files are pinned in parallel. */
const AT_ONCE = 8;

/** Error codes for links that the file system cannot make, or does not allow this user to make. */
const CANNOT_LINK: readonly unknown[] = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'ENOSYS'];

export interface PinOptions {
  namespace: string;
  zone: string;
  files: readonly LandingFile[];
  /** The run's own input folder; absolute. The zone becomes a folder in it. */
  folder: string;
  /** The group of the executors' users; undefined when executors run as this process's user. */
  executorGid?: number | undefined;
  signal?: AbortSignal;
}

/**
 * The pinned files' paths, relative to the folder; or the first file that changed since its
 * listing.
 */
export type PinnedFiles = { paths: string[] } | { changed: string };

/**
 * Gives a run its own files, `<folder>/<zone>/<path>`: later changes of the zone do not reach the
 * run, and the run's writes do not reach the zone. A file that the executor cannot write becomes a
 * hard link. Any other file is copied, because a write to a link would change the delivered file.
 *
 * Local by nature: DuckDB opens paths. Of a remote store a run would get presigned URLs instead.
 */
export async function pinLandingFiles(
  zones: LocalLandingZones,
  options: PinOptions,
): Promise<PinnedFiles> {
  const { namespace, zone, files, folder, signal } = options;
  const paths = files.map((file) => `${zone}/${file.path}`);
  const folders = new Set([zone, ...paths.map((path) => dirname(path))]);
  for (const one of folders) await mkdir(join(folder, one), { recursive: true });
  let changed: string | undefined;
  const waiting = files.map((file, index) => ({ file, path: paths[index] ?? '' }));
  const pinNext = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      signal?.throwIfAborted();
      if (changed !== undefined) return;
      const source = zones.filePath(namespace, zone, next.file.path);
      const target = join(folder, next.path);
      if (!(await pinFile(source, target, next.file, options))) changed = next.file.path;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, pinNext));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return changed === undefined ? { paths } : { changed };
}

/** False when the file was deleted or replaced after its listing. */
async function pinFile(
  source: string,
  target: string,
  listed: LandingFile,
  { executorGid }: PinOptions,
): Promise<boolean> {
  try {
    if (!(await tryLink(source, target, executorGid))) {
      // Shares blocks with the original on file systems that can, at no cost of time or space.
      await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await chmod(target, 0o444);
      // A write during the copy would mix two contents.
      return isListed(source, listed);
    }
    return isListed(target, listed);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function isListed(path: string, listed: LandingFile): Promise<boolean> {
  return isVersion(await statFile(path, { follow: false }), versionOf(listed));
}

async function tryLink(
  source: string,
  target: string,
  executorGid: number | undefined,
): Promise<boolean> {
  const found = await lstat(source);
  if (!found.isFile() || !isReadOnly(found, executorGid)) return false;
  try {
    await link(source, target);
  } catch (error) {
    if (CANNOT_LINK.includes(codeOf(error))) return false;
    throw error;
  }
  // The name may refer to another file by now.
  if (isReadOnly(await lstat(target), executorGid)) return true;
  await rm(target);
  return false;
}

/** Whether, by its mode, an executor can read the file but not write it. */
function isReadOnly(
  { mode, uid, gid }: { mode: number; uid: number; gid: number },
  executorGid: number | undefined,
): boolean {
  if (executorGid === undefined) {
    // Root ignores modes, and for other users the file's group may be one of their many.
    const own = process.geteuid?.();
    return own !== undefined && own !== 0 && own === uid && (mode & 0o700) === 0o400;
  }
  const bits = gid === executorGid ? mode >> 3 : mode;
  return (bits & 0o6) === 0o4;
}
