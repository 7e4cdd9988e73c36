/**
 * Sees to it that a run which may start is rung, and that one which nobody executes any more is settled.
 *
 * Promises: whatever a process forgets when it dies (a ticket, a freed slot, a lease) is found by any other one, API or
 * runner, within seconds; all of them may look at once.
 * Refuses to know: HTTP, what executing a run means, where its files lie.
 * Fails: never towards its caller. What could not be done now is logged and found by the next turn.
 */
export type { DispatchDeps } from './dispatch-deps.ts';
export { rescueRuns } from './rescue-runs.ts';
export { enqueueNext } from './enqueue-next.ts';
export { announceRun } from './announce-run.ts';
