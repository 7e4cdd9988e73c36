import { coerceError } from '@rat/runtime';
import {
  noteListedFiles,
  noteUploadedFile,
  type SeenFile,
  type WatchedZone,
  type ZoneToScan,
} from '@rat/store';
import type { DispatchDeps } from './dispatch-deps.ts';
import { fireTriggersSoon } from './fire-triggers.ts';
import { matchFiles } from './match-files.ts';

/**
 * Notes a file that an upload has stored, and lets the triggers fire that watch for it. Never throws: a
 * runner that lists the zone finds the file too.
 */
export async function noteUpload(
  deps: DispatchDeps,
  zone: WatchedZone,
  file: SeenFile,
): Promise<void> {
  try {
    if (await noteUploadedFile(deps.db, zone, file, matchFiles)) fireTriggersSoon(deps);
  } catch (error) {
    deps.log.warn({ err: coerceError(error), ...zone }, 'upload not noted for triggers');
  }
}

/** Compares the files of a zone with those that were known, and lets the triggers fire that watch for new ones. */
export async function noteListing(
  deps: DispatchDeps,
  zone: ZoneToScan,
  files: readonly SeenFile[],
): Promise<void> {
  if (await noteListedFiles(deps.db, zone, files, matchFiles)) fireTriggersSoon(deps);
}
