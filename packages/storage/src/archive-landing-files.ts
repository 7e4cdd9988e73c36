import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  findFile,
  isSameFile,
  PROCESSED_FOLDER,
  type LandingFile,
  type LandingZones,
} from './landing-zones.ts';

/** The files that one run read in one zone, and that no run is to read again. */
export interface LandingArchive {
  namespace: string;
  zone: string;
  runId: string;
  files: readonly LandingFile[];
}

/** What became of them. `left`: replaced or gone since they were read, by path. */
export interface ArchiveOutcome {
  moved: number;
  left: string[];
  /** False when the deadline came first: the rest is for another call. */
  complete: boolean;
}

/**
 * Moves what a run read to `<zone>/_processed/<run id>/<path>`, by renames within the volume. Repeatable: whatever a call
 * that was cut short has moved already is recognised by where it lies. There must be one caller at a time for an
 * archive, or one could move what was delivered under the old name after the other was done. `deadline` is a time of
 * `performance.now()`. Throws ConflictError when a folder on the way is a symbolic link.
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
  // A power cut must not bring back a file that is on record as moved: it would be read twice.
  for (const folder of touched) await syncFolder(folder);
  return outcome;
}

/** True when the file that was read is in its place; what lies at `from` then is another one, which was not read. */
async function moveRead(from: string, to: string, file: LandingFile): Promise<boolean> {
  const there = await findFile(to);
  if (there !== undefined) return isSameFile(there, file) || putBack(from, to);
  if (!isSameFile(await findFile(from), file)) return false;
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  // A file can be replaced between the look and the move; then one was moved that nobody has read.
  return isSameFile(await findFile(to), file) || putBack(from, to);
}

/** A link refuses to take the place of a still newer file, which a rename would not. */
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
