import { coerceError, withDeadline } from '@rat/runtime';
import type { CreatedRun, ReplacedRun } from '@rat/store';
import type { DispatchDeps } from './dispatch-deps.ts';

/** Later than this the rescue is about to ring anyway. */
const NOTICE_TIMEOUT_MS = 1_000;

type NoticeDeps = Pick<DispatchDeps, 'queue' | 'hints' | 'log'>;

/**
 * Rings for a run that was just created, and tells of it and of those that made room for it. Nobody waits for this, and it
 * never throws: the run is safe, and a ticket that is lost is rung again.
 */
export function announceRun(deps: NoticeDeps, run: CreatedRun): void {
  withDeadline(tell(deps, run), NOTICE_TIMEOUT_MS).catch((error: unknown) => {
    deps.log.warn({ err: coerceError(error), run_id: run.id }, 'ticket not rung');
  });
}

async function tell({ queue, hints }: NoticeDeps, run: CreatedRun): Promise<void> {
  const { id: runId, seq, priority, pool } = run;
  if (run.skippedFor !== undefined) {
    await hints.publish({ kind: 'moved', runId, seq, status: 'cancelled' });
    return;
  }
  await Promise.all([
    queue.enqueue({ runId, attempt: 1, priority, pool }),
    hints.publish({ kind: 'moved', runId, seq, status: 'pending' }),
    ...run.replaced.map((one) => tellOfReplaced({ hints }, one)),
  ]);
}

async function tellOfReplaced(
  { hints }: Pick<DispatchDeps, 'hints'>,
  { runId, status, seq }: ReplacedRun,
): Promise<void> {
  if (status === 'cancelled') {
    await hints.publish({ kind: 'moved', runId, seq, status });
    return;
  }
  await hints.publish({ kind: 'cancel_requested', runId });
  await hints.publish({ kind: 'moved', runId, seq });
}
