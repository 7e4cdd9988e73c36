import type { RunHints } from '@rat/hints';
import { forceCancel, getRun, type Database } from '@rat/store';

/** How long a runner may take to stop before the run is ended over its head. */
const GRACE_MS = 2_000;

/** For hints that are lost. */
const POLL_MS = 250;

/** A fence that was lost is lost to the run's end; more than a few mean that our own law is broken. */
const MAX_FORCED = 5;

/** Tells of every move of one run, from its creation to `stop`. */
export interface MoveListener {
  /** Waits for a move since the last call, at most `ms`. */
  next(ms: number): Promise<void>;
  stop(): void;
}

/** Listens to the hints of one run. Begin before asking the database: then no move falls between the two. */
export function listenToMoves(hints: RunHints, runId: string): MoveListener {
  let moved = false;
  let wake: (() => void) | undefined;
  const notice = (): void => {
    moved = true;
    wake?.();
  };
  const stop = hints.subscribe({
    onHint: (hint) => {
      if (hint.kind === 'moved' && hint.runId === runId) notice();
    },
    onGap: notice,
  });
  return {
    next: async (ms) => {
      if (!moved) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      moved = false;
    },
    stop,
  };
}

/** Until when a runner that is told now may take, on the monotonic clock. */
export function graceFromNow(): number {
  return performance.now() + GRACE_MS;
}

/**
 * Waits until a running run whose cancel has been requested is `cancelled`, and makes it so when its runner does not by
 * `deadline`: from the request on, it can end in no other way. Publishes the move when it was made here; its receipt stays
 * open then, until the runner confirms the stop.
 */
export async function awaitCancelled(
  deps: { db: Database; hints: RunHints },
  runId: string,
  moves: MoveListener,
  deadline: number,
): Promise<void> {
  const { db, hints } = deps;
  for (let forced = 0; forced < MAX_FORCED;) {
    const run = await getRun(db, runId);
    if (run.status === 'cancelled') return;
    if (run.status !== 'running') break;
    const remaining = deadline - performance.now();
    if (remaining > 0) {
      await moves.next(Math.min(POLL_MS, remaining));
      continue;
    }
    forced += 1;
    const answer = await forceCancel(db, { runId, attempt: run.attempt });
    if (answer.kind === 'settled') {
      await hints.publish({ kind: 'moved', runId, seq: answer.seq, status: answer.status });
    }
  }
  throw new Error('a run whose cancel was requested did not end cancelled');
}
