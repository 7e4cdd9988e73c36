import type { Failure } from '@rat/domain';
import { findFile, isSameFile, type LandingFile, type LandingZones } from '@rat/storage';

/**
 * The failure of a run whose files changed while it read them: nobody can tell which content is in its rows, so it reads
 * again. One that is replaced later has been read, and its successor waits for the next run. `mayBeGone`: a file that was
 * taken away meanwhile was read as it was listed, or not at all, which its reader has said.
 */
export async function findChangedFile(
  zones: LandingZones,
  namespace: string,
  read: Readonly<Record<string, readonly LandingFile[]>>,
  { mayBeGone }: { mayBeGone: boolean },
): Promise<Failure | undefined> {
  for (const [zone, files] of Object.entries(read)) {
    for (const file of files) {
      const now = await findFile(zones.filePath(namespace, zone, file.path));
      if (isSameFile(now, file) || (mayBeGone && now === undefined)) continue;
      const message = `${file.path} in landing zone ${zone} changed while the run read it`;
      return { code: 'commit_conflict', message, phase: 'write' };
    }
  }
  return undefined;
}
