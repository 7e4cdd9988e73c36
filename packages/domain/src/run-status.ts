/** Every status a run can have, in the order of its life. The contract's words. */
export const RUN_STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled'] as const;

/**
 * - `pending`: created and waiting. A runner's claim moves it on; a lost ticket is repaired by the
 *   rescue loop.
 * - `running`: one runner holds a live lease for the current `attempt`. Its settlement moves it on;
 *   if the runner dies, the lease expires and the rescue loop decides.
 * - `success`: the data was published in the same transaction. Never changes again.
 * - `failed`: nothing was published; `failure` holds the reason. Never changes again.
 * - `cancelled`: nothing was published. Never changes again.
 */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Statuses that a run never leaves. */
export const TERMINAL_STATUSES = ['success', 'failed', 'cancelled'] as const satisfies RunStatus[];

export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

/** Whether a run with this status has ended for good. */
export function isTerminal(status: RunStatus): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly RunStatus[]).includes(status);
}
