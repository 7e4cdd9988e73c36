import type { FailureCode } from './failure.ts';
import type { RunStatus } from './run-status.ts';

/** A run's situation at one moment: the input of the explanation. */
export interface WaitFacts {
  now: Date;
  status: RunStatus;
  attempt: number;
  /** When the wait began: the run's creation, or the end of its last attempt. */
  waitingSince: Date;
  nextAttemptAt: Date | undefined;
  lastFailure: FailureCode | undefined;
  pool: string;
  concurrencyLimit: number;
  /** Runs of the pipeline that are running, the oldest first. */
  running: readonly { runId: string; startedAt: Date }[];
  /** The number of due runs of the pipeline that are ahead of it, and the first of them. */
  ahead: number;
  firstAhead: string | undefined;
  /** Live runners of the pool that accept tickets. */
  liveRunners: number;
  slots: number;
  slotsUsed: number;
  /** The quota of running runs of its namespace, when all of it is used. */
  fullQuota: { namespace: string; limit: number } | undefined;
  /** The usual duration of a run of the pipeline in ms; undefined before the first one ended. */
  usualMs: number | undefined;
}

/** One reason why a run does not start. The code is for programs, the message for people. */
export type WaitReason = { message: string; since: Date | undefined } & (
  | { code: 'queued' }
  | { code: 'retry_backoff'; until: Date; failureCode: FailureCode | undefined }
  | { code: 'pipeline_busy'; runId: string; limit: number }
  | { code: 'behind_others'; ahead: number; runId: string | undefined }
  | { code: 'namespace_busy'; namespace: string; limit: number }
  | { code: 'no_live_runner'; pool: string }
  | { code: 'all_slots_busy'; pool: string; slots: number; slotsUsed: number }
);

export interface WaitExplanation {
  waiting: boolean;
  reasons: WaitReason[];
  /** Its position in its pipeline's queue, from 1; undefined when it does not wait. */
  position: number | undefined;
  /** undefined when no estimate is possible. */
  estimatedStartAt: Date | undefined;
}

/** Explains why a run does not run yet: every reason that holds now, the longest wait first. */
export function explainWait(facts: WaitFacts): WaitExplanation {
  if (facts.status !== 'pending') {
    return { waiting: false, reasons: [], position: undefined, estimatedStartAt: undefined };
  }
  const reasons = findReasons(facts);
  const isStuck = reasons.some(
    (one) =>
      one.code === 'no_live_runner' ||
      one.code === 'all_slots_busy' ||
      one.code === 'namespace_busy',
  );
  return {
    waiting: true,
    reasons: reasons.length > 0 ? reasons : [queued(facts)],
    position: facts.ahead + 1,
    estimatedStartAt: isStuck ? undefined : estimateStart(facts),
  };
}

function findReasons(facts: WaitFacts): WaitReason[] {
  const { pool, slots, slotsUsed, nextAttemptAt, concurrencyLimit: limit } = facts;
  const reasons: WaitReason[] = [];
  if (facts.liveRunners === 0) {
    const message = `no live runner serves the pool ${pool}`;
    reasons.push({ code: 'no_live_runner', message, since: undefined, pool });
  }
  if (nextAttemptAt !== undefined && nextAttemptAt > facts.now) {
    reasons.push({
      code: 'retry_backoff',
      message: `attempt ${facts.attempt} failed; the next one waits until ${nextAttemptAt.toISOString()}`,
      since: facts.waitingSince,
      until: nextAttemptAt,
      failureCode: facts.lastFailure,
    });
  }
  const [oldest] = facts.running;
  if (oldest !== undefined && facts.running.length >= limit) {
    const message = `the pipeline is at its concurrency limit (${facts.running.length} of ${limit} running)`;
    const { runId, startedAt: since } = oldest;
    reasons.push({ code: 'pipeline_busy', message, since, runId, limit });
  }
  if (facts.ahead > 0 && facts.running.length + facts.ahead >= limit) {
    const { ahead, firstAhead: runId, waitingSince: since } = facts;
    const message = `runs of this pipeline ahead of it: ${ahead}`;
    reasons.push({ code: 'behind_others', message, since, ahead, runId });
  }
  if (facts.fullQuota !== undefined) {
    const { namespace, limit: most } = facts.fullQuota;
    const message = `the namespace ${namespace} runs as many runs as its quota allows (${most})`;
    reasons.push({ code: 'namespace_busy', message, since: undefined, namespace, limit: most });
  }
  if (facts.liveRunners > 0 && slotsUsed >= slots) {
    const message = `all ${slots} slots of the pool ${pool} are in use`;
    reasons.push({ code: 'all_slots_busy', message, since: undefined, pool, slots, slotsUsed });
  }
  return reasons;
}

function queued(facts: WaitFacts): WaitReason {
  return { code: 'queued', message: 'the run is about to start', since: facts.waitingSince };
}

/** An estimate over a longer queue is a guess. */
const MAX_AHEAD = 1_000;

/**
 * Simulates the pipeline's queue: each slot becomes free after the usual duration, and the next run
 * takes the slot that is free first. undefined when that duration is needed and still unknown.
 */
function estimateStart(facts: WaitFacts): Date | undefined {
  const { usualMs, running, ahead, concurrencyLimit } = facts;
  const now = facts.now.getTime();
  const due = Math.max(now, facts.nextAttemptAt?.getTime() ?? now);
  if (running.length + ahead < concurrencyLimit) return new Date(due);
  if (usualMs === undefined || ahead > MAX_AHEAD) return undefined;
  const free: number[] = running.map((one) => Math.max(now, one.startedAt.getTime() + usualMs));
  while (free.length < concurrencyLimit) free.push(now);
  let start = now;
  for (let place = 0; place <= ahead; place += 1) {
    free.sort((a, b) => a - b);
    start = free.shift() ?? now;
    free.push(start + usualMs);
  }
  return new Date(Math.max(start, due));
}
