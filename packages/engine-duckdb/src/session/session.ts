import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quotedIdentifier, type DuckDBConnection, type DuckDBInstance } from '@duckdb/node-api';
import { confineSession, showTables } from './confine-session.ts';
import { TESTED_SCHEMA, testedRelation } from '../sandbox/definition-gate.ts';
import { describeSelect, type ResultColumn } from './describe-select.ts';
import { drain } from '../values/drain.ts';
import {
  StatementError,
  type ComparedScans,
  type QueryResult,
  type QueryRows,
  type SessionOptions,
  type Statement,
  type TableDifference,
} from '@rat/engine';
import { textValue } from '../values/json-value.ts';
import { readJsonRows, type JsonRows } from '../values/read-rows.ts';
import { openInstance } from './open-instance.ts';
import {
  castColumn,
  planParquetCopy,
  writtenFile,
  type ParquetLayout,
  type WrittenColumn,
  type WrittenFile,
} from './parquet-copy.ts';
import { compareScans } from './compare-scans.ts';
import { outlineStatement } from './outline-statement.ts';
import { COUNT_WRAPPER, countSelect } from './count-select.ts';
import { PREVIEW_WRAPPER, previewSelect } from './preview-select.ts';
import {
  parseAllowed,
  prepareAllowed,
  type GateOptions,
  type PrepareStep,
} from '../sandbox/prepare-allowed.ts';
import { prepareShown } from '../sandbox/prepare-shown.ts';
import { Profiler } from './profiler.ts';
import { QueryLane } from './query-lane.ts';
import { SessionGuard } from './session-guard.ts';
import { translateError } from '../sql/translate-error.ts';
import { Warnings } from './warnings.ts';

/**
 * Counts the temporary objects that only one connection sees. Excludes the platform's, which begin
 * with `__rat_`, and DuckDB's own views, functions and types, which it marks as internal.
 */
const PRIVATE_OBJECTS = `SELECT count(*) FROM (
  SELECT 1 FROM duckdb_tables() WHERE temporary AND NOT starts_with(table_name, '__rat_')
  UNION ALL SELECT 1 FROM duckdb_views() WHERE temporary AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_functions() WHERE database_name = 'temp' AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_types() WHERE database_name = 'temp' AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_sequences() WHERE temporary)`;

/**
 * Opens an in-memory DuckDB, binds its inputs and confines it. Throws StatementError when an input
 * cannot be read, and closes everything then.
 *
 * @example
 * const session = await openSession({ inputs, stagingDir, tempDir, ...limits });
 * const [statement] = splitStatements('SELECT 1 AS n');
 * const files = await session.writeParquet(statement, layout);
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const instance = await openInstance();
  const connection = await instance.connect();
  const parser = await instance.connect();
  const others: DuckDBConnection[] = [];
  while (others.length + 1 < (options.lanes ?? 1)) others.push(await instance.connect());
  const session = new Session({ instance, parser }, [connection, ...others], options);
  try {
    await session.confine();
    return session;
  } catch (error) {
    await session.close();
    throw error instanceof StatementError
      ? error
      : new StatementError(translateError(error, undefined, '', options.inputs), { cause: error });
  }
}

/**
 * One confined DuckDB. It runs one statement at a time and, in parallel, one query on each further
 * lane.
 *
 * Modes:
 * - open: a failure is a StatementError, and the session stays usable.
 * - interrupted, after `interrupt()`: every call throws InterruptedError.
 * - closed, after `close()`: every call throws InterruptedError.
 */
export class Session {
  readonly #instance: DuckDBInstance;
  /** Runs the statements; only it sees their temporary objects. */
  readonly #connection: DuckDBConnection;
  readonly #connections: readonly [DuckDBConnection, ...DuckDBConnection[]];
  /** Parses authors' SQL; runs none of it. */
  readonly #parser: DuckDBConnection;
  readonly #options: SessionOptions;
  readonly #guard: SessionGuard;
  readonly #warnings: Warnings;
  /** One for each connection; empty unless the session profiles. */
  readonly #profilers: readonly Profiler[];
  #profile: string | undefined;
  #showsTested = false;
  /** The process's earlier working directory; undefined when the session did not change it. */
  #folderBefore: string | undefined;
  /** Each runs one query at a time. The first shares its connection with the statements. */
  readonly lanes: readonly [QueryLane, ...QueryLane[]];

  /** Use `openSession`. */
  constructor(
    { instance, parser }: { instance: DuckDBInstance; parser: DuckDBConnection },
    connections: readonly [DuckDBConnection, ...DuckDBConnection[]],
    options: SessionOptions,
  ) {
    this.#instance = instance;
    this.#parser = parser;
    [this.#connection] = connections;
    this.#connections = connections;
    this.#options = options;
    this.#guard = new SessionGuard(connections, options);
    this.#warnings = new Warnings(this.#connection);
    this.#profilers = options.profiles
      ? connections.map((one, i) => new Profiler(one, join(options.tempDir, `profile_${i}.json`)))
      : [];
    const [first, ...others] = connections;
    const lane = (connection: DuckDBConnection, index: number): QueryLane =>
      new QueryLane(
        { connection, parser },
        (statement, step) => this.#guard.run(statement, '', step),
        this.#profilers[index],
      );
    this.lanes = [lane(first, 0), ...others.map((other, index) => lane(other, index + 1))];
  }

  /** Binds the inputs, then locks the session; `openSession` calls it before any author's SQL. */
  async confine(): Promise<void> {
    const { folder } = this.#options.inputs;
    if (folder !== undefined) {
      this.#folderBefore = process.cwd();
      process.chdir(folder);
    }
    await confineSession(this.#connections, this.#profilers, this.#options);
  }

  /**
   * Whether statements left temporary objects or variables, which only the first lane sees. Objects
   * in the session's own schemas are visible to all lanes. The platform's temporary tables begin
   * with `__rat_` and do not count.
   */
  async hasPrivateObjects(): Promise<boolean> {
    const own = Object.keys(this.#options.inputs.fileLists);
    const [[objects] = []] = await this.execute(PRIVATE_OBJECTS);
    const variables = await this.execute('SELECT name FROM duckdb_variables()');
    return objects !== '0' || variables.some(([name]) => !own.includes(name ?? ''));
  }

  /**
   * Creates or replaces the view `name` for statements of the platform. The SELECT must be the
   * platform's, never an author's. Which files it may read was decided when the session was
   * confined.
   */
  async showView(name: string, sql: string): Promise<void> {
    const view = `CREATE OR REPLACE VIEW ${quotedIdentifier(name)} AS`;
    await this.#guard.run(undefined, '', () => this.#connection.run(`${view} ${sql}`));
  }

  /**
   * Adds a table for the quality tests, which refer to tables by `testedRelation`. The first call
   * must follow the author's last statement: it creates the tests' schema with the session's
   * inputs, so that no object of the author can shadow a table there.
   */
  async showTested(name: string, sql: string): Promise<void> {
    await this.#guard.run(undefined, '', async () => {
      if (!this.#showsTested) {
        const { tables } = this.#options.inputs;
        await showTables(this.#connection, TESTED_SCHEMA, testedRelation, tables);
      }
      this.#showsTested = true;
      await this.#connection.run(`CREATE OR REPLACE VIEW ${testedRelation(name)} AS ${sql}`);
    });
  }

  /** Runs an author's statement and drops its rows. Returns the number of rows read or changed. */
  run(statement: Statement): Promise<{ rows: number }> {
    return this.#guard.run(statement, '', async () => {
      const prepared = await prepareAllowed(this.#connection, statement, this.#gate);
      try {
        return { rows: await this.#profiled(() => drain(prepared, () => undefined)) };
      } finally {
        prepared.destroySync();
      }
    });
  }

  /** Parses an author's statement, binding nothing; see `EngineSession.parse`. */
  parse(statement: Statement): Promise<{ dependsOnRows: boolean }> {
    return this.#guard.run(statement, '', async () => {
      const { count } = await parseAllowed(this.#connection, statement, this.#gate);
      return { dependsOnRows: count > 1 };
    });
  }

  /** Binds an author's statement without its rows; see `EngineSession.outline`. */
  outline(statement: Statement): Promise<void> {
    return this.#guard.run(statement, '', () =>
      outlineStatement(this.#connection, statement, this.#gate),
    );
  }

  /** The columns of an author's query with DuckDB's type names, as the author wrote them. */
  shownColumns(select: Statement): Promise<{ name: string; type: string }[]> {
    return this.#guard.run(select, '', async () => {
      const { prepared, columns } = await prepareShown(this.#connection, select, this.#gate);
      prepared.destroySync();
      return columns;
    });
  }

  /** The first rows of an author's query, see `EngineSession.preview`. */
  async preview(
    select: Statement,
    limits: { maxRows: number; maxBytes: number },
  ): Promise<QueryRows> {
    await this.describe(select);
    return this.#guard.run(select, PREVIEW_WRAPPER, () =>
      this.#profiled(() => previewSelect(this.#connection, select, limits)),
    );
  }

  /** The number of rows of a described SELECT, see `EngineSession.countWithin`. */
  async countWithin(select: Statement, timeoutMs: number): Promise<number | undefined> {
    try {
      return await this.#guard.run(select, COUNT_WRAPPER, () =>
        countSelect(this.#connection, select, timeoutMs),
      );
    } catch (error) {
      // A row that the preview did not reach may have a value that fails.
      if (error instanceof StatementError) return undefined;
      throw error;
    }
  }

  /** The difference of two scans of the platform, see `EngineSession.compare`. */
  compare(scans: ComparedScans): Promise<TableDifference> {
    return this.#guard.run(undefined, '', () => compareScans(this.#connection, scans));
  }

  /**
   * Takes DuckDB's messages since the last call: the warnings about the author's statements that
   * were run or described and, if the session profiles, the profile of the last statement.
   */
  takeNotes(): { warnings: string[]; profile: string | undefined } {
    const profile = this.#profile;
    this.#profile = undefined;
    return { warnings: this.#warnings.take(), profile };
  }

  get #gate(): GateOptions {
    const step: PrepareStep = (prepare) => this.#warnings.watch(prepare);
    return { parser: this.#parser, scope: 'pipeline', step };
  }

  /** Executes an author's statement and keeps its profile. */
  async #profiled<T>(execute: () => Promise<T>): Promise<T> {
    const [profiler] = this.#profilers;
    if (profiler === undefined) return execute();
    const { answer, profile } = await profiler.measure(execute);
    this.#profile = profile;
    return answer;
  }

  /**
   * Runs a statement of the platform without the gate; it must never contain an author's text.
   * Returns all rows, each value as text or null, so there must be few.
   */
  execute(sql: string): Promise<(string | null)[][]> {
    return this.#guard.run(undefined, '', async () => {
      const reader = await this.#connection.runAndReadAll(sql);
      const types = reader.columnTypes();
      return reader
        .getRows()
        .map((row) => types.map((type, index) => textValue(row[index] ?? null, type)));
    });
  }

  /** Reads the first rows of a SELECT of the platform as JSON values, up to the limits. */
  readJson(sql: string, limits: { maxRows: number; maxBytes: number }): Promise<JsonRows> {
    return this.#guard.run(undefined, '', async () =>
      readJsonRows(await this.#connection.stream(sql), limits),
    );
  }

  /**
   * Stores the rows of a described SELECT in a temporary table, numbered from 1 in the column
   * `ordinal`, in the query's order if the session keeps it. Rows beyond the memory limit spill.
   * Returns the number of rows.
   */
  async keepRows(
    select: Statement,
    table: { name: string; columns: readonly WrittenColumn[]; ordinal: string },
  ): Promise<number> {
    const columns = table.columns.map(castColumn).join(', ');
    const wrapper =
      `CREATE OR REPLACE TEMP TABLE ${quotedIdentifier(table.name)} AS SELECT ${columns}, ` +
      `row_number() OVER () AS ${quotedIdentifier(table.ordinal)} FROM (\n`;
    const made = await this.#guard.run(select, wrapper, () =>
      this.#profiled(() => this.#connection.runAndReadAll(`${wrapper}${select.text}\n)`)),
    );
    const [[count] = []] = made.getRows();
    return Number(count);
  }

  /**
   * The columns of an author's SELECT, without running it. Refuses a statement that is no query.
   */
  describe(select: Statement): Promise<ResultColumn[]> {
    return this.#guard.run(select, '', () => describeSelect(this.#connection, select, this.#gate));
  }

  /**
   * Writes the rows of a described SELECT as Parquet into the staging folder, directly from DuckDB.
   * A file ends near `targetFileMb`. A result with an ORDER BY becomes one file, because DuckDB
   * distributes rows over several files out of order. An empty result leaves no file.
   */
  writeParquet(select: Statement, layout: ParquetLayout): Promise<WrittenFile[]> {
    return this.#copy(select.text, layout, select);
  }

  /** Writes a SELECT of the platform as Parquet; its errors contain no statement. */
  writeOwnParquet(sql: string, layout: ParquetLayout): Promise<WrittenFile[]> {
    return this.#copy(sql, layout, undefined);
  }

  async #copy(
    sql: string,
    layout: ParquetLayout,
    select: Statement | undefined,
  ): Promise<WrittenFile[]> {
    const { stagingDir, memoryLimitMb, threads, keepsOrder = false } = this.#options;
    const limits = { stagingDir, memoryLimitMb, threads, keepsOrder };
    const plan = await this.#guard.run(select, '', () =>
      planParquetCopy(this.#connection, sql, { ...layout, ...limits }),
    );
    const written = await this.#guard.run(select, plan.wrapper, async () => {
      const write = () => this.#connection.runAndReadAll(plan.sql);
      const reader = await (select === undefined ? write() : this.#profiled(write));
      return reader.getRowObjectsJson().map(writtenFile);
    });
    const isEmpty = (file: WrittenFile): boolean => file.count === '0';
    for (const file of written.filter(isEmpty)) await rm(file.filename);
    return written.filter((file) => !isEmpty(file));
  }

  /** Runs a query on the first lane, see `QueryLane`. */
  query(
    statement: Statement,
    options: { limit: number; timeoutMs?: number },
  ): Promise<QueryResult> {
    return this.lanes[0].query(statement, options);
  }

  /** Ends the running statement and queries, and every later one before it starts. */
  interrupt(): void {
    this.#guard.interrupt();
  }

  /** Interrupts what still runs, waits for its end, and releases all resources. */
  async close(): Promise<void> {
    await this.#guard.end();
    for (const connection of [this.#parser, ...this.#connections]) connection.closeSync();
    this.#instance.closeSync();
    if (this.#folderBefore !== undefined) process.chdir(this.#folderBefore);
    this.#folderBefore = undefined;
  }
}
