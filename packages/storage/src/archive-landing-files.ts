import { versionOf, type LandingFile } from './landing-file.ts';
import { withZoneName, type LandingZones } from './landing-zones.ts';

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

/** The number of files between two looks at the clock. */
const MOVES_AT_ONCE = 100;

/**
 * Moves the files that a run read to `<zone>/_processed/<run id>/<path>`. Idempotent: it recognises
 * files that an interrupted call already moved.
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
  const moves = files.map((file) => ({
    from: zones.key(namespace, zone, file.path),
    to: zones.processedKey(namespace, zone, runId, file.path),
    version: versionOf(file),
  }));
  for (let start = 0; start < files.length; start += MOVES_AT_ONCE) {
    if (performance.now() > deadline) {
      outcome.complete = false;
      break;
    }
    const batch = moves.slice(start, start + MOVES_AT_ONCE);
    const areMoved = await withZoneName(namespace, zone, () => zones.store.move(batch));
    for (const [index, isMoved] of areMoved.entries()) {
      if (isMoved) outcome.moved += 1;
      else outcome.left.push(files[start + index]?.path ?? '');
    }
  }
  return outcome;
}
