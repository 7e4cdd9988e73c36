import type { RunnerResponse } from '@rat/contracts';
import type { RunAction } from '@rat/domain';

/** A decision as the API returns it. */
export function presentAction(
  runId: string,
  { action, reason, snapshotId, at }: RunAction,
): RunnerResponse<'publish-run'> {
  return {
    run_id: runId,
    action,
    reason: reason ?? null,
    snapshot_id: snapshotId ?? null,
    at: at.toISOString(),
  };
}
