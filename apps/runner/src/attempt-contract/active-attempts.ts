import type { HeldAttempt } from '@rat/store';
import { RunAborted, type AbortReason } from './abort-reason.ts';

interface Held extends HeldAttempt {
  stop: AbortController;
  lost: AbortController;
  /** When the lease was last known to be ours, on the monotonic clock, ms. */
  leaseOkAt: number;
}

/** One attempt in hand. */
export interface AttemptHandle {
  /** Aborts with a RunAborted when the execution must stop. */
  stop: AbortSignal;
  /** Aborts when the lease is gone: nothing more may be written for this attempt, whatever stopped it first. */
  lost: AbortSignal;
  release(): void;
}

/**
 * The attempts that this runner owns right now. Every way of stopping one from outside goes through here, and the
 * first reason stands.
 */
export class ActiveAttempts {
  readonly #held = new Map<string, Held>();

  /** Begins to hold an attempt. `claimSentAt`: the monotonic clock, ms, before the claim was sent. */
  hold(attempt: HeldAttempt, claimSentAt: number): AttemptHandle {
    const held: Held = {
      ...attempt,
      stop: new AbortController(),
      lost: new AbortController(),
      leaseOkAt: claimSentAt,
    };
    // An older attempt that is still here was overtaken while this process slept.
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

  list(): HeldAttempt[] {
    return [...this.#held.values()].map(({ runId, attempt }) => ({ runId, attempt }));
  }

  /** Stops one run, whatever its attempt; nothing happens when it is not held here. */
  abort(runId: string, reason: AbortReason): void {
    const held = this.#held.get(runId);
    if (reason === 'lease_lost') held?.lost.abort();
    held?.stop.abort(new RunAborted(reason));
  }

  /** Stops exactly this attempt; a newer one of the same run, held here too, is not meant. */
  abortAttempt(attempt: HeldAttempt, reason: AbortReason): void {
    if (this.#held.get(attempt.runId)?.attempt === attempt.attempt)
      this.abort(attempt.runId, reason);
  }

  abortAll(reason: AbortReason): void {
    for (const runId of this.#held.keys()) this.abort(runId, reason);
  }

  /** The lease of this attempt was extended by a statement that was sent at `sentAt`. */
  confirmLease(attempt: HeldAttempt, sentAt: number): void {
    const held = this.#held.get(attempt.runId);
    if (held?.attempt === attempt.attempt) held.leaseOkAt = sentAt;
  }

  /** Attempts whose lease was not confirmed since `before`. */
  unconfirmedSince(before: number): HeldAttempt[] {
    return [...this.#held.values()].filter((held) => held.leaseOkAt < before);
  }
}
