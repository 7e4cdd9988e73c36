/**
 * The words and laws of a run, as pure code.
 *
 * Promises: every decision about a run (may it move, is its failure worth another attempt, what does its outcome mean)
 * is a pure function here; time, ids and chance come in as arguments.
 * Refuses to know: Postgres, Redis, HTTP, DuckDB, files, the clock.
 * Fails: by returning a value of a union; the errors defined here are thrown by other rooms.
 */
export * from './choose-turn.ts';
export * from './errors.ts';
export * from './explain-wait.ts';
export * from './failure.ts';
export * from './log-level.ts';
export * from './phase.ts';
export * from './pipeline-ref.ts';
export * from './quality.ts';
export * from './run.ts';
export * from './run-action.ts';
export * from './run-branch.ts';
export * from './run-status.ts';
export * from './run-transitions.ts';
export * from './scrub-log-text.ts';
export * from './settle.ts';
export * from './visible-text.ts';
