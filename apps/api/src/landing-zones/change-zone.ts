import type { Precondition } from '@rat/domain';
import { changeLandingZone, type LandingZoneRow, type ZoneChanges } from '@rat/store';
import { call } from '../runner-client/call.ts';
import type { LandingDeps } from './landing-deps.ts';
import { keyOf, type ZoneParams } from './parse-landing-params.ts';

/**
 * Changes the settings of a zone, and creates them for one that is only a folder. Throws
 * NotFoundError for a zone that is neither row nor folder, and PreconditionError.
 */
export async function changeZone(
  deps: LandingDeps,
  zone: ZoneParams,
  changes: ZoneChanges,
  { precondition, signal }: { precondition: Precondition; signal: AbortSignal },
): Promise<LandingZoneRow> {
  const key = keyOf(zone);
  const changed = await changeLandingZone(deps.db, key, changes, {
    createsMissing: false,
    precondition,
  });
  if (changed !== undefined) return changed;
  await call(deps, 'get-landing-zone', zone, signal);
  const created = await changeLandingZone(deps.db, key, changes, {
    createsMissing: true,
    precondition,
  });
  if (created === undefined) throw new Error('a created landing zone is missing');
  return created;
}
