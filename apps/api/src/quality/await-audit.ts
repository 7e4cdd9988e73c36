import { isTerminal, type Run } from '@rat/domain';
import type { RunHints } from '@rat/hints';
import { getRun, listRunnerEndpoints, type Database } from '@rat/store';
import { listenToMoves } from '../runs/await-cancelled.ts';

/** Below the 30 s after which clients give up. */
const WAIT_MS = 20_000;

/** Interval of reads in case a hint is lost. */
const POLL_MS = 500;

/**
 * Waits for the end of a run; undefined when it has not ended within 20 s, when the client leaves, or
 * when no runner is live that could start it.
 */
export async function awaitAudit(
  { db, hints }: { db: Database; hints: RunHints },
  runId: string,
  gone: AbortSignal,
): Promise<Run | undefined> {
  const deadline = performance.now() + WAIT_MS;
  const moves = listenToMoves(hints, runId);
  try {
    for (;;) {
      const run = await getRun(db, runId);
      if (isTerminal(run.status)) return run;
      const remaining = deadline - performance.now();
      if (remaining <= 0 || gone.aborted) return undefined;
      if (run.status === 'pending' && (await listRunnerEndpoints(db)).length === 0)
        return undefined;
      await moves.next(Math.min(POLL_MS, remaining));
    }
  } finally {
    moves.stop();
  }
}
