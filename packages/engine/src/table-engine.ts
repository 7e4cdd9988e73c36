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
  /** The engine's own text for reading it, from `TableEngine.scan`. */
  sql: string;
  /** The paths of all files that the text reads. */
  files: readonly string[];
}

/** All inputs that an author's SQL may read. */
export interface SessionInputs {
  /** By the name that `inputRelation` takes. */
  tables: Readonly<Record<string, TableInput>>;
  /**
   * Files by the name of the session variable that lists them. Relative paths start in `folder`.
   */
  fileLists: Readonly<Record<string, readonly string[]>>;
  /**
   * A folder of inputs only; absolute. The process works there while the session is open, so that
   * SQL and messages contain short relative paths. So one process has at most one such session at a
   * time.
   */
  folder?: string;
  /** Paths of files without a name, which only the platform's statements read. */
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
  /** Where `stage` writes. */
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
   * Counts the rows of an author's query and keeps the first `limit`; refuses a statement that is
   * no query. With `timeoutMs`, a longer query fails with `timed_out`, and the lane stays usable.
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
   * Writes the rows of an author's query as a change of a table; publishes nothing. Checks that
   * the rows fit the table before it writes the first one. Throws ConfigError, SchemaConflictError
   * or UnsupportedTypeError when they do not.
   */
  stage(result: Statement, change: ChangeRequest): Promise<StagedOutput>;
  /**
   * The engine's warnings since the last call, each with the engine's name, and the profile of the
   * last statement.
   */
  takeNotes(): { warnings: string[]; profile: string | undefined };
  /**
   * Adds a table for the quality tests, which read it by `testedRelation`. The first call must
   * follow the author's last statement; nothing that the author created can stand in its place.
   */
  showTested(name: string, scan: string): Promise<void>;
  /** The columns of a table that the tests may read. */
  testedColumns(name: string): Promise<string[]>;
  /** The number of rows of a scan. */
  countRows(scan: string): Promise<number>;
  /** At least one. All of them see what the author's statements left behind. */
  testLanes(): Promise<readonly [TestLane, ...TestLane[]]>;
  /** Ends the running statement and queries, and every later one before it starts. */
  interrupt(): void;
  /** Releases all resources; call it when no statement runs. */
  close(): Promise<void>;
}

/** A table name in a query; an unwritten part is undefined. */
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
  /** The namespace of table names with two parts. */
  namespace: string;
  /** The answer ends at the first of the two limits; bytes are those of the rows as JSON. */
  maxRows: number;
  maxBytes: number;
}

/** Rows as arrays of JSON values; a value that JSON cannot hold without loss is text. */
export interface QueryRows {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  /** Whether the result had more rows. */
  truncated: boolean;
}

/** Files of a table to write as fewer and larger ones, with the same rows in the same order. */
export interface Rewrite extends SessionLimits {
  /** Without delete files: their rows would come back. */
  content: Pick<TableContent, 'schema' | 'files'>;
  stagingDir: string;
  targetFileMb: number;
  /** All files belong to one partition. */
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
  /** The engine's name of a table's type. */
  typeName(type: IcebergType): string;
  /** The engine's own text for reading one version of a table. */
  scan(content: TableContent): string;
  /** The engine's own text for reading the table as it is with a staged change. */
  scanStaged(target: ChangeTarget, staged: StagedOutput): string;
  /** Opens a session and confines it to its inputs before any SQL of an author. */
  open(options: SessionOptions): Promise<EngineSession>;
  /**
   * The greatest value of a column as a literal of its type; undefined when there is none but NULL.
   */
  greatestValue(
    table: { content: TableContent; column: string },
    options: SessionLimits & { stagingDir: string },
  ): Promise<string | undefined>;
  /** The table names in a SELECT, each once. The query is neither bound nor run. */
  findTableNames(select: Statement): Promise<NamedTable[]>;
  /** Answers one query on published tables. */
  query(select: Statement, options: QueryOptions): Promise<QueryRows>;
  /** Writes the files of one partition again, for compaction. */
  rewrite(rewrite: Rewrite): Promise<DataFile[]>;
}
