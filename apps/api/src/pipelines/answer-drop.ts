import type { DropTableAnswer } from '@rat/contracts';
import type { RunHints } from '@rat/hints';
import type { CancelledByDrop, TableDrop } from '@rat/store';

/**
 * Publishes the hints of a drop that is committed, and presents it. A lost hint only delays its
 * reader: the runner finds the cancel with its next heartbeat.
 */
export async function answerDrop(
  { hints }: { hints: RunHints },
  { dropped, cancelled }: TableDrop,
): Promise<DropTableAnswer> {
  await Promise.all(cancelled.map((run) => publishCancel(hints, run)));
  return {
    ...dropped.table,
    drop_id: dropped.id,
    dropped_at: dropped.droppedAt.toISOString(),
    dropped_by: dropped.droppedBy ?? null,
    reason: dropped.reason ?? null,
    forced: dropped.forced,
    restorable_until: dropped.keepUntil.toISOString(),
    cancelled_runs: cancelled.map(({ runId }) => runId),
  };
}

async function publishCancel(hints: RunHints, run: CancelledByDrop): Promise<void> {
  const { runId, seq, status } = run;
  if (status === 'cancelled') {
    await hints.publish({ kind: 'moved', runId, seq, status });
    return;
  }
  await Promise.all([
    hints.publish({ kind: 'cancel_requested', runId }),
    hints.publish({ kind: 'moved', runId, seq }),
  ]);
}
