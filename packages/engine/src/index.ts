/**
 * The port between runs and the engines that execute their SQL on tables.
 *
 * Promises: this package declares everything that the platform needs from an engine. An engine
 * stages a change of a table; it changes nothing that readers see.
 * Refuses to know: how any engine works, any dialect of SQL, the queue, Postgres, where files are
 * stored.
 * Fails: engines throw the errors of this package and those of the table format.
 *
 * @example
 * const session = await engine.open({ inputs, stagingDir, tempDir, ...limits });
 * const [query] = engine.splitStatements('SELECT 1 AS n');
 * const staged = await session.stage(query, { merge, target, runStartedAt, targetFileMb });
 */
export { ConfigError, InterruptedError, StatementError } from './errors.ts';
export { writtenText, type Statement } from './statement.ts';
export type {
  ChangeRequest,
  ChangeTarget,
  StagedFiles,
  StagedOutput,
  TableContent,
} from './table-change.ts';
export type {
  ColumnTrace,
  ComparedScans,
  EmptyLists,
  EngineSession,
  ExportedQuery,
  ExportOptions,
  NamedTable,
  QueryOptions,
  QueryResult,
  QueryRows,
  QueryTable,
  Rewrite,
  SessionInputs,
  SessionLimits,
  SessionOptions,
  TableDifference,
  TableEngine,
  TableInput,
  TestLane,
  TraceRequest,
} from './table-engine.ts';
