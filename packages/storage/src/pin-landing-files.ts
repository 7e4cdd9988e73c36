import { constants } from 'node:fs';
import { chmod, copyFile, link, lstat, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findFile, isSameFile, type LandingFile, type LandingZones } from './landing-zones.ts';

/** How many files are pinned side by side. */
const AT_ONCE = 8;

/** Links that the file system cannot make, or does not allow this user to make. */
const CANNOT_LINK: readonly unknown[] = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'ENOSYS'];

export interface PinOptions {
  namespace: string;
  zone: string;
  files: readonly LandingFile[];
  /** The run's own folder of inputs; absolute. The zone becomes a folder in it. */
  folder: string;
  /** The group of the users that executors run as; undefined when they run as this process's own user. */
  executorGid?: number | undefined;
  signal?: AbortSignal;
}

/** Where the pinned files are, relative to the folder; or which file is no longer as it was listed. */
export type PinnedFiles = { paths: string[] } | { changed: string };

/**
 * Gives a run files of its own, `<folder>/<zone>/<path>`: later changes of the zone do not reach the run, and
 * the run's own writes do not reach the zone. A file that the executor could not write becomes a hard link; any other one is
 * copied, because a link would lead a write to the delivered file itself.
 */
export async function pinLandingFiles(
  zones: LandingZones,
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

/** False when the file is gone, or is no longer the one that was listed. */
async function pinFile(
  source: string,
  target: string,
  listed: LandingFile,
  { executorGid }: PinOptions,
): Promise<boolean> {
  try {
    if (!(await tryLink(source, target, executorGid))) {
      // Shares blocks with the original where the file system can, which costs neither time nor space.
      await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await chmod(target, 0o444);
      // A write while it was copied would leave parts of two contents.
      return isSameFile(await findFile(source), listed);
    }
    return isSameFile(await findFile(target), listed);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
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
  // The name may mean another file by now.
  if (isReadOnly(await lstat(target), executorGid)) return true;
  await rm(target);
  return false;
}

/** Whether an executor can read the file and cannot write it, by its mode. */
function isReadOnly(
  { mode, uid, gid }: { mode: number; uid: number; gid: number },
  executorGid: number | undefined,
): boolean {
  if (executorGid === undefined) {
    // To root modes say nothing, and to the others their group may be one of many.
    const own = process.geteuid?.();
    return own !== undefined && own !== 0 && own === uid && (mode & 0o700) === 0o400;
  }
  const bits = gid === executorGid ? mode >> 3 : mode;
  return (bits & 0o6) === 0o4;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
