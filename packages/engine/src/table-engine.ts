import type { Column } from '@rat/domain';
import type { DataFile, IcebergType, PartitionSpec } from '@rat/iceberg';
import type { Statement } from './statement.ts';
import type { ChangeRequest, ChangeTarget, StagedOutput, TableContent } from './table-change.ts';

/** What an engine can do. A pipeline that needs more is refused before it runs. */
export interface EngineCapabilities {
  /** Whether a pipeline may have statements before its last one. */
  manyStatements: boolean;
  /** Whether it reads the files of landing zones. */
  landingZones: boolean;
}

/** A table that a session may read. */
export interface TableInput {
  /** The text in the engine's dialect that reads the table, from `TableEngine.scan`. */
  sql: string;
  /** The paths of all files that the text reads. */
  files: readonly string[];
}

/** All inputs that an author's SQL may read. */
export interface SessionInputs {
  /** The tables, by the name to pass to `inputRelation`. */
  tables: Readonly<Record<string, TableInput>>;
  /**
   * Files by the name of the session variable that lists them. Relative paths start in `folder`.
   */
  fileLists: Readonly<Record<string, readonly string[]>>;
  /**
   * The absolute path of a folder that contains only inputs. It is the process's working directory
   * while the session is open, so that SQL and messages contain short relative paths. So a process
   * can have only one session with a folder at a time.
   */
  folder?: string;
  /** Paths of further files, which only the platform's statements read. */
  files?: readonly string[];
}

/** The limits of a session, and the folders that it may write. Paths are absolute and exist. */
export interface SessionLimits {
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
}

/** The inputs, limits and folders of a session. */
export interface SessionOptions extends SessionLimits {
  inputs: SessionInputs;
  /** The folder into which `stage` writes. */
  stagingDir: string;
  /** Whether the order of a result's rows is kept, which costs memory; false by default. */
  keepsOrder?: boolean;
  /** The number of parallel queries, 1 by default; statements always run one by one. */
  lanes?: number;
  /** Whether the engine profiles every statement; each profile costs a file. */
  profiles?: boolean;
  /** Called every second while a statement runs, with its progress and the rows read so far. */
  onProgress?: (percent: number, rows: number) => void;
}

/** The first rows of a result, each value as text or null, and the number of all rows. */
export interface QueryResult {
  columns: string[];
  rows: (string | null)[][];
  rowCount: number;
  /** The query's profile, from a session that profiles. */
  profile?: string;
}

/** Runs one query at a time; the lanes of a session run in parallel, within its limits. */
export interface TestLane {
  /**
   * Counts the rows of an author's query and returns the first `limit` rows. Refuses a statement
   * that is not a query. A query that takes longer than `timeoutMs` fails with `timed_out`, and the
   * lane stays usable.
   */
  query(statement: Statement, options: { limit: number; timeoutMs?: number }): Promise<QueryResult>;
}

/**
 * The work of one run: it reads its inputs and nothing else, and writes only into its staging and
 * temp folders. Every method throws StatementError where the author's SQL is the reason, and
 * InterruptedError after `interrupt()`.
 */
export interface EngineSession {
  /** Runs an author's statement and drops its rows. Returns the number of rows read or changed. */
  run(statement: Statement): Promise<{ rows: number }>;
  /**
   * Refuses an author's statement that can never run, whatever the tables are: one that is no SQL,
   * or that the sandbox does not allow. Binds nothing. Returns whether the columns of the statement
   * can depend on rows, as those of a PIVOT do.
   */
  parse(statement: Statement): Promise<{ dependsOnRows: boolean }>;
  /**
   * Binds an author's statement, and makes the objects that later statements need, as far as
   * possible without rows: a table that is made from a query stays empty.
   */
  outline(statement: Statement): Promise<void>;
  /**
   * The columns of an author's last statement, with the engine's type names. Binds it without
   * running it, and refuses a statement that is no query.
   */
  columnsOf(result: Statement): Promise<{ name: string; type: string }[]>;
  /**
   * The first rows of an author's last statement, computed without the rest where the engine can.
   * Refuses what `columnsOf` refuses, and a row that exceeds `maxBytes`.
   */
  preview(result: Statement, limits: { maxRows: number; maxBytes: number }): Promise<QueryRows>;
  /**
   * The number of rows of an author's last statement, after a preview of it; undefined when counting
   * them takes longer than `timeoutMs`, or fails. The session stays usable.
   */
  countWithin(result: Statement, timeoutMs: number): Promise<number | undefined>;
  /**
   * How the rows of two scans of one table differ. With `keys`, a row that has its key in both is
   * kept or changed; without, a row is kept or not.
   */
  compare(scans: ComparedScans): Promise<TableDifference>;
  /** Binds the query of a quality test without running it. Call it after `showTested`. */
  bindTest(query: Statement): Promise<void>;
  /**
   * Writes the rows of an author's query as a change of a table; publishes nothing. Checks that
   * the columns fit the table before it writes the first row. Throws ConfigError,
   * SchemaConflictError or UnsupportedTypeError when they do not fit.
   */
  stage(result: Statement, change: ChangeRequest): Promise<StagedOutput>;
  /**
   * The engine's warnings since the last call, each with the engine's name, and the profile of the
   * last statement.
   */
  takeNotes(): { warnings: string[]; profile: string | undefined };
  /**
   * Adds a table for the quality tests, which read it by `testedRelation`. The first call must
   * follow the author's last statement, so that no object of the author can shadow the table.
   */
  showTested(name: string, scan: string): Promise<void>;
  /** The columns of the session's tables, with the engine's type names, by the table's name. */
  inputColumns(): Promise<Record<string, { name: string; type: string }[]>>;
  /** The columns of a table that the tests may read. */
  testedColumns(name: string): Promise<string[]>;
  /** The number of rows of a scan. */
  countRows(scan: string): Promise<number>;
  /**
   * The lanes for the quality tests, at least one. Each of them sees every object that the author's
   * statements created, also temporary ones.
   */
  testLanes(): Promise<readonly [TestLane, ...TestLane[]]>;
  /** Ends the running statement and queries. Every later call fails before it starts. */
  interrupt(): void;
  /** Ends what still runs, waits for its end, and releases all resources. */
  close(): Promise<void>;
}

/** An author's SQL, and what is known of the tables that it reads. */
export interface TraceRequest {
  /** The columns of each input, by the name to pass to `inputRelation`. */
  tables: Readonly<Record<string, readonly { name: string; type: string }[]>>;
  /** The statements before the last one. */
  statements: readonly Statement[];
  result: Statement;
  tempDir: string;
}

/** One column of a result, and the columns of inputs that its values are computed from. */
export interface ColumnTrace {
  name: string;
  from: { table: string; column: string }[];
}

/** A table name as written in a query; a part that the query leaves out is undefined. */
export interface NamedTable {
  catalog: string | undefined;
  schema: string | undefined;
  table: string;
}

/** A table by its full name. */
export interface QueryTable extends TableInput {
  namespace: string;
  layer: string;
  name: string;
}

/** The tables that a query may read, and the limits of its answer. */
export interface QueryOptions extends SessionLimits {
  tables: readonly QueryTable[];
  /** The namespace of a table name that has only two parts, a layer and a name. */
  namespace: string;
  /** The maximum number of rows in the answer, which ends at the first limit that it reaches. */
  maxRows: number;
  /** The maximum size of the answer as JSON, in bytes. */
  maxBytes: number;
}

/** Rows as arrays of JSON values. A value that JSON cannot represent exactly is text. */
export interface QueryRows {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  /** Whether the result had more rows than the answer. */
  truncated: boolean;
}

/** Two versions of a table's rows, as texts that read them, and how to tell rows apart. */
export interface ComparedScans {
  before: string;
  after: string;
  /** The columns that make a row the same row; empty when whole rows are compared. */
  keys: readonly string[];
  /** The number of rows in each sample. */
  sample: number;
  /** The size of each sample as JSON, in bytes. */
  maxBytes: number;
}

/** The difference of two versions, in rows. */
export interface TableDifference {
  gained: number;
  lost: number;
  /** Undefined when whole rows are compared: a changed row is then a lost and a gained one. */
  changed: number | undefined;
  /** The columns of the samples: those that both versions have. */
  columns: string[];
  samples: {
    gained: unknown[][];
    lost: unknown[][];
    changed: { before: unknown[]; after: unknown[] }[];
  };
}

/** Where an answer is written, and how. */
export interface ExportOptions {
  format: 'csv' | 'parquet' | 'arrow';
  /** A new file in `tempDir`; absolute. */
  path: string;
}

/** An answer that is in a file. */
export interface ExportedQuery {
  columns: { name: string; type: string }[];
  rowCount: number;
  /** Whether the result had more rows than the file. */
  truncated: boolean;
}

/** A statement whose readers of empty file lists read inputs without rows. */
export interface EmptyLists {
  /** Every line and column behind a replaced reader is where it was. */
  statement: Statement;
  /** Variables whose files a reader still opens: it names its columns itself, and needs a file. */
  stillRead: string[];
}

/** Files of a table to write as fewer and larger ones, with the same rows in the same order. */
export interface Rewrite extends SessionLimits {
  /** Without delete files: their rows would come back. */
  content: Pick<TableContent, 'schema' | 'files'>;
  stagingDir: string;
  targetFileMb: number;
  /** The partition spec and the partition of all files. */
  spec: PartitionSpec;
  partition: DataFile['partition'];
}

/**
 * An engine that executes an author's SQL on tables: the port between runs and DuckDB, Trino or
 * Spark. An engine changes no table that readers see: it stages, and the platform commits.
 */
export interface TableEngine {
  readonly capabilities: EngineCapabilities;
  /** Splits an author's text into its statements. */
  splitStatements(sql: string): Statement[];
  /** The name by which a pipeline's statement reads an input. */
  inputRelation(name: string): string;
  /** The name by which a quality test reads a table. */
  testedRelation(name: string): string;
  /**
   * SQL for people: the relations of inputs, and the files of landing zones, by the names that the
   * author knows. Lines stay; a place within one may move.
   */
  authorsSql(sql: string): string;
  /**
   * The inputs that stand for an empty file list with these columns, for `SessionInputs.tables`; the
   * first has the name `input`.
   */
  emptyInputs(input: string, columns: readonly Column[]): Record<string, TableInput>;
  /**
   * Lets a statement read the inputs of `emptyInputs` in place of empty file lists. `lists`: the
   * input's name by the name of the session variable with the list.
   */
  readEmptyLists(statement: Statement, lists: Readonly<Record<string, string>>): EmptyLists;
  /** The engine's name of a table's type. */
  typeName(type: IcebergType): string;
  /** The text in the engine's dialect that reads one version of a table. */
  scan(content: TableContent): string;
  /** The text in the engine's dialect that reads a table as if a staged change were committed. */
  scanStaged(target: ChangeTarget, staged: StagedOutput): string;
  /** Opens a session and confines it to its inputs before any SQL of an author. */
  open(options: SessionOptions): Promise<EngineSession>;
  /**
   * The greatest value of a column, as a literal of its type; undefined when the column has only
   * NULLs or no rows.
   */
  greatestValue(
    table: { content: TableContent; column: string },
    options: SessionLimits & { stagingDir: string },
  ): Promise<string | undefined>;
  /** The table names in a SELECT, each once. The query is neither bound nor run. */
  findTableNames(select: Statement): Promise<NamedTable[]>;
  /**
   * Where each column of an author's result comes from, as far as the SQL alone shows it. Reads no row
   * and no file. Rejects when the engine cannot tell, and soon after an abort.
   */
  traceColumns(request: TraceRequest, signal?: AbortSignal): Promise<ColumnTrace[]>;
  /** Answers one query on published tables. */
  query(select: Statement, options: QueryOptions): Promise<QueryRows>;
  /**
   * Answers one query on published tables into a file, in which every value keeps its type as far as
   * the format has types. A result of more than `maxBytes` is refused.
   */
  exportQuery(select: Statement, options: QueryOptions & ExportOptions): Promise<ExportedQuery>;
  /** Compacts the files of one partition: writes their rows into fewer and larger files. */
  rewrite(rewrite: Rewrite): Promise<DataFile[]>;
}
