import type { CancelRunsAnswer } from '@rat/contracts';
import { enqueueNext } from '@rat/dispatch';
import type { CancelRequest } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { awaitCancelled, graceDeadline, listenToMoves } from './await-cancelled.ts';
import { announceCancel } from './announce-cancel.ts';

/** Concurrent statements. The limit leaves connections for other requests. */
const AT_ONCE = 4;

/**
 * Cancels all runs of `planned` that have not ended, in their order, and resolves when they are
 * `cancelled`. It first requests every cancel and then waits for all of them: one grace period is
 * enough for any number of unresponsive runners. Calls `onRequested` for each run whose cancel is stored.
 */
export async function cancelMany(
  deps: RunDeps,
  planned: readonly { runId: string; pipelineId: string }[],
  request: CancelRequest,
  onRequested: (runId: string) => void,
): Promise<CancelRunsAnswer> {
  const cancelled: string[] = [];
  const refused: CancelRunsAnswer['refused'] = [];
  const stopping: string[] = [];
  await forEachLimited(planned, async ({ runId }) => {
    const answer = await announceCancel(deps, runId, request);
    if (answer.kind === 'refused') refused.push({ id: runId, status: answer.status });
    else onRequested(runId);
    if (answer.kind === 'requested') stopping.push(runId);
    if (answer.kind === 'cancelled') cancelled.push(runId);
  });
  const deadline = graceDeadline();
  await forEachLimited(stopping, async (runId) => {
    const moves = listenToMoves(deps.hints, runId);
    try {
      await awaitCancelled(deps, runId, moves, deadline);
      cancelled.push(runId);
    } finally {
      moves.stop();
    }
  });
  // One run of each pipeline is enough to find the next waiting run of that pipeline.
  const pipelines = new Map(planned.map(({ pipelineId, runId }) => [pipelineId, runId]));
  await forEachLimited([...pipelines.values()], (runId) => enqueueNext(deps, runId));
  return { cancelled, refused };
}

/**
 * Runs `work` for each item in order, with limited concurrency. The first failure stops the rest.
 */
async function forEachLimited<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let failed = false;
  const takeTurns = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
}
