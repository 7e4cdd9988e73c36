import type { Failure } from '@rat/domain';
import { isSameFile, type LandingFile, type LandingZones } from '@rat/storage';

/**
 * Returns a failure when a landing file changed while the run read it: the run's rows may hold
 * either content, so the run is retried. A file that is replaced after the read stays in the zone
 * for the next run. `mayBeGone`: another process may take files away; the reader notices a missing
 * file itself.
 */
export async function findChangedFile(
  zones: LandingZones,
  namespace: string,
  read: Readonly<Record<string, readonly LandingFile[]>>,
  { mayBeGone }: { mayBeGone: boolean },
): Promise<Failure | undefined> {
  for (const [zone, files] of Object.entries(read)) {
    for (const file of files) {
      const now = await zones.findFile(namespace, zone, file.path);
      if (isSameFile(now, file) || (mayBeGone && now === undefined)) continue;
      const message = `${file.path} in landing zone ${zone} changed while the run read it`;
      return { code: 'commit_conflict', message, phase: 'write' };
    }
  }
  return undefined;
}
