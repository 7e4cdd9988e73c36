import { coerceError, withDeadline } from '@rat/runtime';
import type { CreatedRun, ReplacedRun } from '@rat/store';
import type { DispatchDeps } from './dispatch-deps.ts';

/** After this time rescue is about to enqueue the run anyway. */
const NOTICE_TIMEOUT_MS = 1_000;

type NoticeDeps = Pick<DispatchDeps, 'queue' | 'hints' | 'log'>;

/**
 * Enqueues a new run, and publishes hints for it and for the runs that it replaced. Fire and
 * forget: it returns at once and never throws. The run is stored; rescue enqueues it again if its
 * ticket is lost.
 *
 * @example
 * const run = await createRun(deps.db, request);
 * announceRun(deps, run);
 */
export function announceRun(deps: NoticeDeps, run: CreatedRun): void {
  withDeadline(announce(deps, run), NOTICE_TIMEOUT_MS).catch((error: unknown) => {
    deps.log.warn({ err: coerceError(error), run_id: run.id }, 'run not announced');
  });
}

async function announce({ queue, hints }: NoticeDeps, run: CreatedRun): Promise<void> {
  const { id: runId } = run;
  switch (run.kind) {
    case 'replayed':
      return;
    case 'skipped':
      await hints.publish({ kind: 'moved', runId, seq: run.seq, status: 'cancelled' });
      return;
    case 'created':
      await Promise.all([
        queue.enqueue({ ...ticketFields(run), runId, attempt: 1 }),
        hints.publish({ kind: 'moved', runId, seq: run.seq, status: 'pending' }),
        ...run.replaced.map((one) => announceReplaced({ hints }, one)),
      ]);
  }
}

function ticketFields({
  priority,
  pool,
  pipeline,
  trigger,
}: Extract<CreatedRun, { kind: 'created' }>) {
  return { priority, pool, pipeline, trigger };
}

async function announceReplaced(
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
