/**
 * One sandboxed DuckDB session: an author's SQL runs inside it and reaches nothing but its named inputs.
 *
 * Promises: a statement runs only when every function and view that it names is classified as safe, see
 * `classified-names.ts`; before the first author's statement the session is confined to exactly its input files, its
 * staging folder and its temp folder, and its configuration is locked; results go to Parquet without passing through JavaScript; an
 * interrupt ends the running statement within milliseconds; limits on memory and temp space hold.
 * Refuses to know: templates, runs, the queue, what a landing zone is beyond a list of files, or a table beyond a SELECT.
 * Fails: `StatementError` carries a domain `Failure` with statement, line and column and without any path;
 * `InterruptedError` (an AbortError) after `interrupt()`.
 */
export type { ColumnType } from './column-type.ts';
export { inputRelation, testedRelation } from './definition-gate.ts';
export type { ResultColumn } from './describe-select.ts';
export * from './errors.ts';
export { scrubPaths } from './scrub-paths.ts';
export type { ParquetLayout, WrittenColumn, WrittenFile } from './parquet-copy.ts';
export * from './query-session.ts';
export * from './query-tables.ts';
export type { QueryLane, QueryOptions, QueryResult } from './query-lane.ts';
export * from './session.ts';
export type { SessionInputs, SessionOptions } from './session-options.ts';
export * from './split-statements.ts';
