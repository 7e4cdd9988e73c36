/**
 * DuckDB behind the port of `@rat/engine`: a sandboxed session, in which an author's SQL can access
 * only its named inputs, and all SQL that DuckDB reads and changes tables with.
 *
 * Promises:
 * - A statement runs only when every function and view in it is classified as safe, see
 *   `sandbox/classified-names.ts`.
 * - Before the first author's statement the session is confined to its input files, staging folder
 *   and temp folder, and its configuration is locked.
 * - Results become Parquet without passing through JavaScript.
 * - An interrupt ends the running statement within milliseconds; memory and temp limits hold.
 *
 * Refuses to know: templates, runs, the queue, which version of a table is current.
 * Fails: with the errors of the port, and with those of the table format.
 *
 * @example
 * const session = await duckdbEngine.open(options);
 * for (const statement of duckdbEngine.splitStatements(sql)) await session.run(statement);
 * await session.close();
 */
export { checkFile } from './landing/check-file.ts';
export type { FileFormat, FileProblem } from './landing/delivered-file.ts';
export { inspectFile, type InspectedFile } from './landing/inspect-file.ts';
export { duckdbEngine } from './duckdb-engine.ts';
export { readDuckdbVersion } from './duckdb-version.ts';
