import type { AttemptKey } from '@rat/store';
import { RunAborted, type AbortReason } from './abort-reason.ts';

interface Held extends AttemptKey {
  stop: AbortController;
  lost: AbortController;
  /** When the lease was last confirmed as ours, on the monotonic clock, ms. */
  leaseOkAt: number;
}

/** A handle to one active attempt. */
export interface AttemptHandle {
  /** Aborts with a RunAborted when the execution must stop. */
  stop: AbortSignal;
  /** Aborts when the lease is lost, for any first reason of the stop: no write may follow. */
  lost: AbortSignal;
  release(): void;
}

/**
 * The attempts that this runner owns now. Every stop from outside passes through here, and the
 * first reason stands.
 */
export class ActiveAttempts {
  readonly #held = new Map<string, Held>();

  /** Registers an attempt. `claimSentAt`: the monotonic clock, ms, before the claim was sent. */
  hold(attempt: AttemptKey, claimSentAt: number): AttemptHandle {
    const held: Held = {
      ...attempt,
      stop: new AbortController(),
      lost: new AbortController(),
      leaseOkAt: claimSentAt,
    };
    // An older attempt of the run can still be registered: it was overtaken while this process
    // slept.
    this.abort(attempt.runId, 'lease_lost');
    this.#held.set(attempt.runId, held);
    return {
      stop: held.stop.signal,
      lost: held.lost.signal,
      release: () => {
        if (this.#held.get(attempt.runId) === held) this.#held.delete(attempt.runId);
      },
    };
  }

  get size(): number {
    return this.#held.size;
  }

  list(): AttemptKey[] {
    return [...this.#held.values()].map(({ runId, attempt }) => ({ runId, attempt }));
  }

  /** Stops the registered attempt of one run; does nothing when the run is not registered. */
  abort(runId: string, reason: AbortReason): void {
    const held = this.#held.get(runId);
    if (reason === 'lease_lost') held?.lost.abort();
    held?.stop.abort(new RunAborted(reason));
  }

  /** Stops exactly this attempt, and no newer attempt of the same run. */
  abortAttempt(attempt: AttemptKey, reason: AbortReason): void {
    if (this.#held.get(attempt.runId)?.attempt === attempt.attempt)
      this.abort(attempt.runId, reason);
  }

  abortAll(reason: AbortReason): void {
    for (const runId of this.#held.keys()) this.abort(runId, reason);
  }

  /** Records that a statement sent at `sentAt` extended the lease of this attempt. */
  confirmLease(attempt: AttemptKey, sentAt: number): void {
    const held = this.#held.get(attempt.runId);
    if (held?.attempt === attempt.attempt) held.leaseOkAt = sentAt;
  }

  /** Lists the attempts whose lease was not confirmed since `before`. */
  unconfirmedSince(before: number): AttemptKey[] {
    return [...this.#held.values()].filter((held) => held.leaseOkAt < before);
  }
}
