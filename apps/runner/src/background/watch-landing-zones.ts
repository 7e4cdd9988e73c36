import { noteListing } from '@rat/dispatch';
import { coerceError, type BackgroundJob } from '@rat/runtime';
import { takeZonesToScan } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

/** A file counts after two equal lists, so after at most twice this time. */
const LIST_EVERY_MS = 10_000;

const ZONES_A_TURN = 20;

type WatchDeps = Pick<AttemptDeps, 'db' | 'queue' | 'hints' | 'warehouse' | 'log'>;

/**
 * Lists the landing zones that triggers watch: files also arrive past the API, and are moved and
 * renamed. Every runner runs this job; the database gives each zone to one runner.
 */
export const watchLandingZones: BackgroundJob<WatchDeps> = {
  name: 'watch-landing-zones',
  everyMs: 1_000,
  run: async (deps, signal) => {
    const zones = await takeZonesToScan(deps.db, { everyMs: LIST_EVERY_MS, limit: ZONES_A_TURN });
    for (const zone of zones) {
      if (signal.aborted) return;
      try {
        const files = await deps.warehouse.landing.listFiles(zone.namespace, zone.zone);
        await noteListing(deps, zone, files.map(toSeen));
      } catch (err) {
        const { namespace, zone: name } = zone;
        const reason = coerceError(err).message;
        deps.log.warn({ reason, namespace, zone: name }, 'landing zone not listed');
      }
    }
  },
};

/** In ms, as uploads have the time. */
function toSeen({ path, bytes, mtimeNs }: { path: string; bytes: number; mtimeNs: string }) {
  return { path, bytes, modifiedAt: new Date(Number(BigInt(mtimeNs) / 1_000_000n)) };
}
