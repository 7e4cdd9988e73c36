import type { Failure } from './failure.ts';
import { isRetryable } from './failure.ts';

/** The end of an attempt, as the runner observed it. */
export type AttemptOutcome<P> =
  | { kind: 'success'; publication: P }
  | { kind: 'failure'; failure: Failure }
  | { kind: 'cancelled' }
  | { kind: 'interrupted' };

/** The decision about the run. The store applies it under the fence. */
export type Settlement<P> =
  | { kind: 'succeed'; publication: P }
  | { kind: 'fail'; failure: Failure }
  | {
      kind: 'retry';
      failure: Failure;
      /** 0: at once. */
      delayMs: number;
      /** Whether the attempt does not count against `maxAttempts`. */
      spentNoAttempt?: boolean;
    }
  | { kind: 'cancel' }
  | { kind: 'interrupt' };

export interface SettleFacts {
  /** The fencing token of the attempt that ended; the first is 1. */
  attempt: number;
  /**
   * Attempts that a shutdown returned or that were the first crash; not counted in `maxAttempts`.
   */
  interruptions: number;
  maxAttempts: number;
  /** Earlier attempts of the run that crashed the executor process. */
  earlierCrashes: number;
  cancelRequested: boolean;
  retryDelayMs: number;
  /** A random number in [0, 1), passed in so that the decision stays pure. */
  random: number;
}

const MAX_RETRY_DELAY_MS = 10 * 60_000;

/**
 * Decides how an attempt's outcome settles its run; no other code does. A requested cancel outranks
 * every outcome that is not published yet. An interruption by shutdown does not spend an attempt.
 *
 * @example
 * const settlement = decideSettlement({ kind: 'interrupted' }, facts);
 * // { kind: 'interrupt' }, or { kind: 'cancel' } when a cancel is requested
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
 * Retries after the first crash, at once and even without configured retries: one crash may be an
 * accident, and its cause must not depend on the pipeline's settings. A second crash of the same
 * SQL is the author's failure, or that of a file it reads.
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

/**
 * Exponential backoff from the pipeline's own delay, capped, with up to 20 % jitter to spread
 * retries.
 */
function retryDelay(facts: SettleFacts, spent: number): number {
  const base = Math.min(facts.retryDelayMs * 2 ** (spent - 1), MAX_RETRY_DELAY_MS);
  return Math.round(base * (1 + 0.2 * facts.random));
}
