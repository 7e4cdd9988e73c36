/** `<namespace>/<zone>/_processed/<run id>/<path>` */
const PROCESSED = /^([^/]+\/[^/]+)\/_processed\/([0-9a-f-]{36})\/(.+)$/;

/** How far the clocks of services may differ from that of the database. */
const CLOCKS_MS = 60_000;

/** The snapshot of the database, as far as it decides about landing files. */
export interface LandingSnapshot {
  takenAtMs: number;
  unfinishedRuns: ReadonlySet<string>;
  /** Runs whose files no later run may read. */
  publishedReads: ReadonlySet<string>;
}

/**
 * Where a file of the landing zones belongs that a run has read and moved, according to the snapshot:
 * - `delivered`: in the zone, at `path`. The run is not published in the snapshot, so it reads the
 *   file again after a restore;
 * - `processed`: where it is. The run is published, so `path` must not hold the file too.
 * Undefined for files that no run has moved.
 */
export function placeOf(
  file: string,
  snapshot: LandingSnapshot,
): { place: 'delivered' | 'processed'; path: string } | undefined {
  const [, zone, run, rest] = PROCESSED.exec(file) ?? [];
  if (zone === undefined || run === undefined || rest === undefined) return undefined;
  const place = isPublished(run, snapshot) ? 'processed' : 'delivered';
  return { place, path: `${zone}/${rest}` };
}

/** An old run that the snapshot lacks was removed from the history after it had published. */
function isPublished(
  run: string,
  { takenAtMs, unfinishedRuns, publishedReads }: LandingSnapshot,
): boolean {
  if (publishedReads.has(run)) return true;
  return !unfinishedRuns.has(run) && createdAtMs(run) < takenAtMs - CLOCKS_MS;
}

/** Run ids are UUIDs of version 7, which begin with their time. */
function createdAtMs(run: string): number {
  return Number.parseInt(run.replace('-', '').slice(0, 12), 16);
}
