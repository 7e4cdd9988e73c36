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
export * from './append-events.ts';
export * from './cancel-plans.ts';
export * from './archive-stream.ts';
export * from './catalog.ts';
export * from './check-writes.ts';
export * from './claim-next.ts';
export { claimRun, type ClaimedRun, type ClaimOwner } from './claim-run.ts';
export * from './complete-run.ts';
export { countCrashes } from './count-crashes.ts';
export * from './complete-receipt.ts';
export * from './create-run.ts';
export { openDatabase, type Database } from './database.ts';
export * from './expire-runs.ts';
export * from './extend-leases.ts';
export * from './find-latest-results.ts';
export * from './fold-run-counts.ts';
export * from './find-run.ts';
export * from './has-namespace.ts';
export * from './landing-archives.ts';
export * from './landing-reads.ts';
export * from './list-archived-runs.ts';
export * from './list-pools.ts';
export * from './list-quality-results.ts';
export * from './list-runs.ts';
export * from './list-readers.ts';
export * from './maintainable-tables.ts';
export * from './maintenance-facts.ts';
export * from './list-test-history.ts';
export { forgetExpiredKeys, type IdempotencyKey } from './idempotency.ts';
export { findLeftovers, forgetLeftovers, type Leftovers } from './leftovers.ts';
export * from './get-wait-facts.ts';
export type { ReplacedRun } from './make-room.ts';
export { migrate } from './migrate.ts';
export * from './pipelines.ts';
export { isDatabaseDown } from './postgres-errors.ts';
export * from './publish-run.ts';
export type { StoredQualityResult } from './quality-row.ts';
export { readEvents, type RunEvent } from './read-events.ts';
export * from './read-last-seqs.ts';
export * from './read-status-changes.ts';
export * from './read-stream.ts';
export * from './remove-old-runs.ts';
export {
  forceCancel,
  requestCancel,
  type CancelAnswer,
  type CancelRequest,
} from './request-cancel.ts';
export * from './rescue.ts';
export * from './run-actions.ts';
export * from './runners.ts';
export {
  settleAttempt,
  type AttemptFacts,
  type AttemptKey,
  type Departure,
  type ExecutionEnd,
  type SettleAnswer,
} from './settle-attempt.ts';
export * from './take-tickets.ts';
