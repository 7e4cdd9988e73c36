import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  findFile,
  isSameFile,
  PROCESSED_FOLDER,
  type LandingFile,
  type LandingZones,
} from './landing-zones.ts';

/** The files of one zone that one run read and no later run may read. */
export interface LandingArchive {
  namespace: string;
  zone: string;
  runId: string;
  files: readonly LandingFile[];
}

/**
 * The result of one call. `left`: paths of files that were replaced or deleted after the run read
 * them.
 */
export interface ArchiveOutcome {
  moved: number;
  left: string[];
  /** False when the deadline ended the call; another call continues. */
  complete: boolean;
}

/**
 * Moves the files that a run read to `<zone>/_processed/<run id>/<path>`, by renames within the
 * volume. Idempotent: it recognises files that an interrupted call already moved.
 *
 * An archive must have one caller at a time: a second one could move a file that was delivered
 * under the old name after the first was done. `deadline` is a time of `performance.now()`. Throws
 * ConflictError when a folder on the way is a symbolic link.
 */
export async function archiveLandingFiles(
  zones: LandingZones,
  archive: LandingArchive,
  deadline: number,
): Promise<ArchiveOutcome> {
  const { namespace, zone, runId, files } = archive;
  const outcome: ArchiveOutcome = { moved: 0, left: [], complete: true };
  const touched = new Set<string>();
  await zones.refuseLink(namespace, zone, PROCESSED_FOLDER, runId);
  for (const file of files) {
    if (performance.now() > deadline) {
      outcome.complete = false;
      break;
    }
    const from = zones.filePath(namespace, zone, file.path);
    const to = zones.filePath(namespace, zone, join(PROCESSED_FOLDER, runId, file.path));
    if (await moveRead(from, to, file)) outcome.moved += 1;
    else outcome.left.push(file.path);
    touched.add(dirname(from)).add(dirname(to));
  }
  // After a power cut, a file recorded as moved must not reappear: a run would read it twice.
  for (const folder of touched) await syncFolder(folder);
  return outcome;
}

/** True when the read file is at `to`. A file that is then at `from` is another one, and unread. */
async function moveRead(from: string, to: string, file: LandingFile): Promise<boolean> {
  const there = await findFile(to);
  if (there !== undefined) return isSameFile(there, file) || putBack(from, to);
  if (!isSameFile(await findFile(from), file)) return false;
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  // The file may be replaced between the check and the move; then an unread file was moved.
  return isSameFile(await findFile(to), file) || putBack(from, to);
}

/**
 * Moves a file back with a link, which fails when a newer file is there; a rename would replace it.
 */
async function putBack(from: string, to: string): Promise<false> {
  try {
    await link(to, from);
  } catch (error) {
    if (!(typeof error === 'object' && error !== null && 'code' in error)) throw error;
    if (error.code !== 'EEXIST') throw error;
  }
  await rm(to, { force: true });
  return false;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
