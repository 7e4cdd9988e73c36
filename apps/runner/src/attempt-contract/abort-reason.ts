/**
 * Why an attempt was stopped from outside.
 * - `cancelled`: a user requested it, or the attempt was overtaken.
 * - `interrupted`: this runner shuts down; the run continues elsewhere and no attempt is spent.
 * - `timed_out`: the attempt exceeded its time limit.
 * - `lease_lost`: another runner may own the run by now; this one must not write any more.
 */
export type AbortReason = 'cancelled' | 'interrupted' | 'timed_out' | 'lease_lost';

/** The abort reason as the reason of an AbortSignal. */
export class RunAborted extends Error {
  override name = 'AbortError';
  readonly reason: AbortReason;
  constructor(reason: AbortReason) {
    super(`run ${reason}`);
    this.reason = reason;
  }
}

/** Returns why `signal` was aborted; undefined while it is not. */
export function abortReason(signal: AbortSignal): AbortReason | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof RunAborted ? signal.reason.reason : 'interrupted';
}
