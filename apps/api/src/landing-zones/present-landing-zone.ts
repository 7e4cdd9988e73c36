import {
  landingZoneId,
  presentZoneSettings,
  type LandingZoneAnswer,
  type LandingZoneOfRunner,
  type LandingZoneSettingsAnswer,
} from '@rat/contracts';
import { LimitError, UnavailableError } from '@rat/domain';
import type { LandingZoneRow } from '@rat/store';
import { call } from '../runner-client/call.ts';
import type { LandingDeps } from './landing-deps.ts';

/** A runner that does not answer must not hold up a change that is stored already. */
const COUNT_TIMEOUT_MS = 3_000;

/** A zone as clients read it, from the answer of a runner. */
export function presentZone(zone: LandingZoneOfRunner): LandingZoneAnswer {
  return {
    ...zone,
    id: landingZoneId(zone),
    description: zone.description ?? '',
    expected_schema: zone.expected_schema ?? '',
    file_count: zone.files,
    total_bytes: zone.bytes,
  };
}

/**
 * A zone whose settings are stored. Runners count its files; without a live one the numbers are null,
 * and the change is answered all the same.
 */
export async function presentChangedZone(
  deps: LandingDeps,
  row: LandingZoneRow,
  signal: AbortSignal,
): Promise<LandingZoneSettingsAnswer> {
  const counts = await countFiles(deps, row, signal);
  return {
    ...presentZoneSettings(row, row),
    file_count: counts?.files ?? null,
    total_bytes: counts?.bytes ?? null,
  };
}

async function countFiles(
  deps: LandingDeps,
  { namespace, name }: LandingZoneRow,
  signal: AbortSignal,
): Promise<LandingZoneOfRunner | undefined> {
  const patience = AbortSignal.timeout(COUNT_TIMEOUT_MS);
  const ends = AbortSignal.any([signal, patience]);
  try {
    return await call(deps, 'get-landing-zone', { namespace, zone: name }, ends);
  } catch (error) {
    signal.throwIfAborted();
    const isBusy = error instanceof UnavailableError || error instanceof LimitError;
    if (isBusy || patience.aborted) return undefined;
    throw error;
  }
}
