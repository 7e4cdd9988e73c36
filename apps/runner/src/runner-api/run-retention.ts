import { presentRetentionStatus, type RunnerResponse } from '@rat/contracts';
import { applyRetentionNow } from '../background/apply-retention.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** Clients wait for an answer, many of them no longer than 30 s. */
const ROUND_MS = 20_000;

/** Does one round of the clean-up, and answers what it removed. */
export async function runRetention(
  deps: RunnerApiDeps,
  signal: AbortSignal,
): Promise<RunnerResponse<'run-retention'>> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(ROUND_MS)]);
  const round = await applyRetentionNow(deps, deps.retention, ends);
  return presentRetentionStatus(round, round.lastRunAt);
}
