/**
 * Enqueues runs that may start, settles runs whose runner died, and fires schedules and
 * triggers.
 *
 * Promises: what a process loses when it dies (a ticket, a freed slot, a lease) is repaired within
 * seconds by any other process, API or runner; all of them may look at the same time.
 * Refuses to know: HTTP, how a run is executed, where its files are.
 * Fails: never towards the caller. A failed step is logged, and the next turn repeats it.
 *
 * @example
 * announceRun(deps, await createRun(deps.db, request));
 * await enqueueNext(deps, endedRunId);
 * void rescueRuns(deps, signal);
 * void fireDueSchedules(deps, signal);
 * void fireDueTriggers(deps, signal);
 */
export { advanceRunGroups, advanceRunGroupsOnce } from './advance-run-groups.ts';
export { fireDueSchedules } from './fire-schedules.ts';
export { fireDueTriggers, fireTriggersSoon, TRIGGER_RULES } from './fire-triggers.ts';
export { planFirings, planTime, rhythmOf } from './plan-firings.ts';
export { rescueRuns } from './rescue-runs.ts';
export { enqueueNext } from './enqueue-next.ts';
export { checkPattern } from './match-files.ts';
export { noteListing, noteUpload } from './note-files.ts';
export { announceRun } from './announce-run.ts';
export type { DispatchObserver } from './dispatch-deps.ts';
