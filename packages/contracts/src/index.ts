/**
 * Every shape that crosses a process boundary, once: HTTP, queue tickets, hints, executor IPC, pipeline files.
 *
 * Promises: a value that passed a schema here is what its type says; inside the house nothing is parsed twice.
 * Refuses to know: how anything is stored, sent or executed.
 * Fails: with zod's own error, which the edge that called turns into its own.
 */
export * from './built-in-test.ts';
export * from './cancel-wire.ts';
export * from './common.ts';
export * from './compact-ipc.ts';
export * from './create-run.ts';
export * from './archived-log.ts';
export * from './door.ts';
export * from './door-error.ts';
export * from './executor-ipc.ts';
export * from './health-wire.ts';
export * from './hint.ts';
export * from './landing-wire.ts';
export * from './list-queries.ts';
export * from './maintenance-wire.ts';
export * from './merge-config.ts';
export * from './partition-by.ts';
export * from './pipeline-files.ts';
export * from './pipeline-wire.ts';
export * from './query-ipc.ts';
export * from './query-wire.ts';
export * from './run-action-wire.ts';
export * from './quality-wire.ts';
export * from './run-logs.ts';
export * from './run-wire.ts';
export * from './table-wire.ts';
export * from './runner-wire.ts';
export * from './ticket.ts';
export * from './why-wire.ts';
