import type { Failure } from './failure.ts';
import { isRetryable } from './failure.ts';

/** How an attempt ended, as the runner saw it. */
export type AttemptOutcome<P> =
  | { kind: 'success'; publication: P }
  | { kind: 'failure'; failure: Failure }
  | { kind: 'cancelled' }
  | { kind: 'interrupted' };

/** What to do with the run, decided once and then carried out by the store under the fence. */
export type Settlement<P> =
  | { kind: 'succeed'; publication: P }
  | { kind: 'fail'; failure: Failure }
  | {
      kind: 'retry';
      failure: Failure;
      /** 0: at once. */
      delayMs: number;
      /** Whether the attempt is not counted against the most that the run may have. */
      spentNoAttempt?: boolean;
    }
  | { kind: 'cancel' }
  | { kind: 'interrupt' };

export interface SettleFacts {
  /** The fencing token of the attempt that ended; the first is 1. */
  attempt: number;
  /** Attempts that a shutdown gave back, or that crashed first; they are not counted against `maxAttempts`. */
  interruptions: number;
  maxAttempts: number;
  /** Earlier attempts of the run in which the executor process crashed. */
  earlierCrashes: number;
  cancelRequested: boolean;
  retryDelayMs: number;
  /** A random number in [0, 1), passed in so that the decision stays pure. */
  random: number;
}

const MAX_RETRY_DELAY_MS = 10 * 60_000;

/**
 * The only place that decides what an attempt's outcome means for its run. A requested cancel outranks everything
 * that has not been published; an interruption by shutdown spends no attempt.
 */
export function decideSettlement<P>(outcome: AttemptOutcome<P>, facts: SettleFacts): Settlement<P> {
  if (facts.cancelRequested) return { kind: 'cancel' };
  switch (outcome.kind) {
    case 'success':
      return { kind: 'succeed', publication: outcome.publication };
    case 'cancelled':
      return { kind: 'cancel' };
    case 'interrupted':
      return { kind: 'interrupt' };
    case 'failure': {
      const { crash, ...failure } = outcome.failure;
      if (crash !== undefined) return decideCrash(outcome.failure, crash, facts);
      const spent = facts.attempt - facts.interruptions;
      if (!isRetryable(failure.code) || spent >= facts.maxAttempts) {
        return { kind: 'fail', failure };
      }
      return { kind: 'retry', failure, delayMs: retryDelay(facts, spent) };
    }
  }
}

/**
 * One crash may be an accident, so the run is repeated once, at once and whatever its number of retries: the answer to
 * "whose fault" must not depend on that. A second crash of the same SQL is the author's, or that of a file it reads.
 */
function decideCrash(failure: Failure, crash: string, facts: SettleFacts): Settlement<never> {
  if (facts.earlierCrashes === 0) {
    return { kind: 'retry', failure, delayMs: 0, spentNoAttempt: true };
  }
  const { crash: _, ...place } = failure;
  const message =
    `the run brought its process down twice (${crash}): the engine cannot execute this SQL, or cannot read a file that ` +
    `it reads; write the SQL in another way, or remove the file\n${failure.message}`;
  return { kind: 'fail', failure: { ...place, code: 'sql_error', message } };
}

/** Exponential from the pipeline's own delay, capped, with up to 20 % jitter so that retries do not march in step. */
function retryDelay(facts: SettleFacts, spent: number): number {
  const base = Math.min(facts.retryDelayMs * 2 ** (spent - 1), MAX_RETRY_DELAY_MS);
  return Math.round(base * (1 + 0.2 * facts.random));
}
