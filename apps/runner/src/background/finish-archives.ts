import { repeat } from '@rat/runtime';
import { archiveLandingZones } from '../table-commit/archive-landing-zones.ts';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const FINISH_EVERY_MS = 2_000;

/** Moves away, until `signal` aborts, landing files that a published run has read and whose runner died before. */
export async function finishArchives(
  deps: Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  await repeat(() => archiveLandingZones(deps), {
    everyMs: FINISH_EVERY_MS,
    signal,
    onError: (err) => deps.log.warn({ err }, 'search for archives failed'),
  });
}
