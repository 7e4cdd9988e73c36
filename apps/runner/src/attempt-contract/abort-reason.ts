/**
 * Why an attempt was stopped from outside.
 * - `cancelled`: somebody asked for it.
 * - `interrupted`: this runner shuts down; the run goes on elsewhere and no attempt is spent.
 * - `timed_out`: it took longer than it may.
 * - `lease_lost`: another runner may own the run by now; this one must write nothing more.
 */
export type AbortReason = 'cancelled' | 'interrupted' | 'timed_out' | 'lease_lost';

/** The reason that an aborted signal carries. */
export class RunAborted extends Error {
  override name = 'AbortError';
  readonly reason: AbortReason;
  constructor(reason: AbortReason) {
    super(`run ${reason}`);
    this.reason = reason;
  }
}

/** Why `signal` was aborted; undefined while it is not. */
export function abortReason(signal: AbortSignal): AbortReason | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof RunAborted ? signal.reason.reason : 'interrupted';
}
