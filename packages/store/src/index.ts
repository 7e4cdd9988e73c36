/**
 * Run state in Postgres, atomically.
 *
 * Promises: a run's status moves only by the verbs of this room, each one guarded statement together with its stream
 * row; publishing a table and marking its run `success` is one of them. Losing a race is an answer, not an error.
 * Refuses to know: the queue, hints, HTTP, DuckDB. Ringing and publishing are for the caller, after the verb returns.
 * Fails: with the domain's NotFoundError and InputError, and otherwise with what the driver threw; `isDatabaseDown` tells
 * whether that was Postgres being out of reach.
 *
 * Every verb takes the Database first, and one file holds one verb and its SQL.
 */
export * from './run-stream/append-events.ts';
export * from './runs/cancel-plans.ts';
export * from './run-stream/archive-stream.ts';
export * from './catalog/catalog.ts';
export * from './db/check-writes.ts';
export * from './runs/claim-next.ts';
export { claimRun, type ClaimedRun, type ClaimOwner } from './runs/claim-run.ts';
export * from './runs/complete-run.ts';
export { countCrashes } from './runs/count-crashes.ts';
export * from './runs/complete-receipt.ts';
export * from './runs/create-run.ts';
export type { RunRequest } from './runs/run-request.ts';
export { openDatabase, type Database } from './db/database.ts';
export * from './runs/expire-runs.ts';
export * from './runs/extend-leases.ts';
export * from './quality/find-latest-results.ts';
export * from './run-lists/fold-run-counts.ts';
export * from './runs/find-run.ts';
export * from './pipelines/has-namespace.ts';
export * from './landing/landing-archives.ts';
export * from './landing/landing-reads.ts';
export * from './run-stream/list-archived-runs.ts';
export * from './runners/list-pools.ts';
export * from './quality/list-quality-results.ts';
export * from './run-lists/list-runs.ts';
export type { RunQuery } from './run-lists/run-query.ts';
export * from './catalog/list-readers.ts';
export * from './catalog/maintainable-tables.ts';
export * from './catalog/maintenance-facts.ts';
export * from './quality/list-test-history.ts';
export { forgetExpiredKeys, type IdempotencyKey } from './runs/idempotency.ts';
export { findRunsToCleanUp, markCleanedUp, type RunToCleanUp } from './runs/runs-to-clean-up.ts';
export * from './runs/get-wait-facts.ts';
export type { ReplacedRun } from './runs/enforce-concurrency.ts';
export { migrate } from './db/migrate.ts';
export { warmUp } from './db/warm-up.ts';
export * from './pipelines/pipelines.ts';
export { isDatabaseDown } from './db/postgres-errors.ts';
export * from './runs/publish-run.ts';
export type { StoredQualityResult } from './quality/quality-row.ts';
export { readEvents, type RunEvent } from './run-stream/read-events.ts';
export * from './run-stream/read-last-seqs.ts';
export * from './run-stream/read-status-changes.ts';
export * from './run-stream/read-stream.ts';
export * from './retention/remove-old-runs.ts';
export {
  forceCancel,
  requestCancel,
  type CancelAnswer,
  type CancelRequest,
} from './runs/request-cancel.ts';
export * from './runs/rescue.ts';
export * from './runs/run-actions.ts';
export * from './runners/runners.ts';
export {
  settleAttempt,
  type AttemptFacts,
  type NonSuccessSettlement,
  type ExecutionEnd,
  type SettleAnswer,
} from './runs/settle-attempt.ts';
export type { AttemptKey } from './db/attempt-key.ts';
export * from './runs/take-tickets.ts';
