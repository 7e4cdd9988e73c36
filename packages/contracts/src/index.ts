/**
 * Every shape that crosses a process boundary, once: HTTP, queue tickets, hints, executor IPC, pipeline files.
 *
 * Promises: a value that passed a schema here is what its type says; inside the house nothing is parsed twice.
 * Refuses to know: how anything is stored, sent or executed.
 * Fails: with zod's own error, which the edge that called turns into its own.
 */
export * from './pipeline-files/built-in-test.ts';
export * from './http/cancel.ts';
export * from './common.ts';
export * from './child-ipc/compact-ipc.ts';
export * from './http/create-run.ts';
export * from './runner-api/archived-log.ts';
export * from './runner-api/runner-methods.ts';
export * from './runner-api/runner-api-error.ts';
export * from './child-ipc/executor-ipc.ts';
export * from './http/health.ts';
export * from './messages/hint.ts';
export * from './http/landing.ts';
export * from './http/list-queries.ts';
export * from './http/maintenance.ts';
export * from './pipeline-files/merge-config.ts';
export * from './pipeline-files/partition-by.ts';
export * from './pipeline-files/pipeline-files.ts';
export * from './http/pipeline.ts';
export * from './child-ipc/query-ipc.ts';
export * from './http/query.ts';
export * from './http/run-action.ts';
export * from './http/quality.ts';
export * from './http/run-logs.ts';
export * from './http/run.ts';
export * from './http/table.ts';
export * from './http/runner.ts';
export * from './messages/ticket.ts';
export * from './http/why.ts';
export {
  emptyObject,
  ROLES,
  type Access,
  type ErrorStatus,
  type Operation,
  type OperationAnswer,
  type ParamName,
  type Retry,
  type Role,
} from './operations/operation.ts';
export { OPERATIONS, type OperationId } from './operations/operations.ts';
