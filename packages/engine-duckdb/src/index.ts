/**
 * A sandboxed DuckDB session: an author's SQL runs inside it and can access only its named inputs.
 *
 * Promises:
 * - A statement runs only when every function and view in it is classified as safe, see
 *   `classified-names.ts`.
 * - Before the first author's statement the session is confined to its input files, staging folder
 *   and temp folder, and its configuration is locked.
 * - Results become Parquet without passing through JavaScript.
 * - An interrupt ends the running statement within milliseconds; memory and temp limits hold.
 *
 * Refuses to know: templates, runs, the queue. A landing zone is a list of files, a table a SELECT.
 * Fails: with `StatementError`, whose domain `Failure` has statement, line and column but no path,
 * and with `InterruptedError` (an AbortError) after `interrupt()`.
 *
 * @example
 * const session = await openSession(options);
 * for (const statement of splitStatements(sql)) await session.run(statement);
 * session.close();
 */
export type { ColumnType } from './session/column-type.ts';
export { inputRelation, testedRelation } from './sandbox/definition-gate.ts';
export type { ResultColumn } from './session/describe-select.ts';
export { InterruptedError, StatementError } from './session/errors.ts';
export type { WrittenFile } from './session/parquet-copy.ts';
export type { QueryLane, QueryResult } from './query/query-lane.ts';
export { answerQuery } from './query/query-session.ts';
export { queryTables, type NamedTable } from './query/query-tables.ts';
export { scrubPaths } from './session/scrub-paths.ts';
export { openSession, type Session } from './session/session.ts';
export { splitStatements, type Statement } from './sandbox/split-statements.ts';
