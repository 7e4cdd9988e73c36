import type { RunHints } from '@rat/hints';
import { forceCancel, getRun, type Database } from '@rat/store';

/** Time for a runner to stop. After that, the API ends the run itself. */
const GRACE_MS = 2_000;

/** Interval of reads in case a hint is lost. */
const POLL_MS = 250;

/**
 * `forceCancel` fails only when the run has just ended. More than a few failures mean a broken
 * invariant.
 */
const MAX_FORCED = 5;

/** Notices every state change of one run, from its creation to `stop`. */
export interface MoveListener {
  /** Resolves at a change since the last call, or after `ms`. */
  next(ms: number): Promise<void>;
  stop(): void;
}

/**
 * Subscribes to the hints of one run. Call it before the first read, so that no change is missed in
 * between.
 */
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

/** The deadline, on the monotonic clock, for a runner that gets its cancel request now. */
export function graceDeadline(): number {
  return performance.now() + GRACE_MS;
}

/**
 * Waits until a run with a requested cancel is `cancelled`. After the request, the run can end in
 * no other way. When its runner does not end it by `deadline`, this function does, and publishes
 * the change. The cancel receipt then stays open until the runner confirms the stop.
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
