import { rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import {
  quotedIdentifier,
  quotedString,
  type DuckDBConnection,
  type DuckDBInstance,
} from '@duckdb/node-api';
import type { Failure } from '@rat/domain';
import { INPUT_SCHEMA, inputRelation, TESTED_SCHEMA, testedRelation } from './definition-gate.ts';
import { describeSelect, type ResultColumn } from './describe-select.ts';
import { drain } from './drain.ts';
import { InterruptedError, StatementError } from './errors.ts';
import { exactPattern, inexactPaths } from './exact-pattern.ts';
import { textValue } from './json-value.ts';
import { Interrupter } from './interrupter.ts';
import {
  castColumn,
  planParquetCopy,
  writtenFile,
  type ParquetLayout,
  type WrittenColumn,
  type WrittenFile,
} from './parquet-copy.ts';
import { prepareAllowed, type GateOptions, type PrepareStep } from './prepare-allowed.ts';
import { QueryLane, type QueryOptions, type QueryResult } from './query-lane.ts';
import { PRIVATE_OBJECTS } from './private-objects.ts';
import { openEngine } from './open-engine.ts';
import { Profiler } from './profiler.ts';
import { CONNECTION_SETTINGS, sandboxSettings } from './sandbox-settings.ts';
import type { SessionOptions } from './session-options.ts';
import type { Statement } from './split-statements.ts';
import { translateError } from './translate-error.ts';
import { Warnings } from './warnings.ts';

const PROGRESS_EVERY_MS = 1_000;

/**
 * Opens an in-memory DuckDB, names its inputs and confines it. Throws StatementError when an input cannot be read;
 * nothing stays open then.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const instance = await openEngine();
  const connection = await instance.connect();
  const parser = await instance.connect();
  const others: DuckDBConnection[] = [];
  while (others.length + 1 < (options.lanes ?? 1)) others.push(await instance.connect());
  const session = new Session({ instance, parser }, [connection, ...others], options);
  try {
    await session.confine();
    return session;
  } catch (error) {
    session.close();
    throw error instanceof StatementError
      ? error
      : new StatementError(translateError(error, undefined, '', options.inputs), { cause: error });
  }
}

/**
 * One confined DuckDB; one statement at a time, and beside it one query on each further lane. After `interrupt()` it only throws InterruptedError; after `close()`
 * it must not be used. Every other failure is a StatementError, after which the session goes on.
 */
export class Session {
  readonly #instance: DuckDBInstance;
  /** The one that statements run on; it alone has what they make temporary. */
  readonly #connection: DuckDBConnection;
  readonly #connections: readonly DuckDBConnection[];
  /** Parses what authors wrote; none of their statements runs on it. */
  readonly #parser: DuckDBConnection;
  readonly #options: SessionOptions;
  readonly #interrupter: Interrupter;
  readonly #warnings: Warnings;
  /** One for each connection; none unless the session profiles. */
  readonly #profilers: readonly Profiler[];
  #profile: string | undefined;
  #showsTested = false;
  #quietUntilMs = 0;
  /** Where the process worked before the session; undefined when the session left that alone. */
  #folderBefore: string | undefined;
  /** Each answers one query at a time. The first is the connection that statements run on. */
  readonly lanes: readonly QueryLane[];

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
    this.#interrupter = new Interrupter(() => {
      for (const connection of connections) connection.interrupt();
    });
    this.#warnings = new Warnings(this.#connection);
    this.#profilers = options.profiles
      ? connections.map((one, i) => new Profiler(one, join(options.tempDir, `profile_${i}.json`)))
      : [];
    this.lanes = connections.map(
      (connection, i) =>
        new QueryLane(
          { connection, parser },
          (statement, step) => this.#guard(statement, '', step),
          this.#profilers[i],
        ),
    );
  }

  /** Binds the inputs, then locks the session; `openSession` calls it before any author's SQL. */
  async confine(): Promise<void> {
    const { tables, fileLists, folder, files: unnamed = [] } = this.#options.inputs;
    if (folder !== undefined) {
      this.#folderBefore = process.cwd();
      process.chdir(folder);
    }
    await this.#showIn(INPUT_SCHEMA, inputRelation);
    for (const [name, files] of Object.entries(fileLists)) {
      const [inexact] = inexactPaths(files);
      if (inexact !== undefined) throw new StatementError(refuseFileName(inexact));
      // The cast gives a list without elements its type.
      const list = `CAST(${fileList(files)} AS VARCHAR[])`;
      await this.#onEach(`SET VARIABLE ${quotedIdentifier(name)} = ${list}`);
    }
    for (const setting of CONNECTION_SETTINGS) await this.#onEach(setting);
    for (const profiler of this.#profilers) await profiler.start();
    const tableFiles = Object.values(tables).map(({ files }) => files);
    const listed = Object.values(fileLists).flat();
    const outside = listed.filter((path) => folder === undefined || isAbsolute(path));
    const inputFiles = [...tableFiles.flat(), ...unnamed, ...outside, ...outside.map(exactPattern)];
    const limits = { ...this.#options, inputFiles: [...new Set(inputFiles)], inputFolder: folder };
    for (const setting of sandboxSettings(limits)) {
      await this.#connection.run(setting);
    }
  }

  async #onEach(sql: string): Promise<void> {
    for (const connection of this.#connections) await connection.run(sql);
  }

  /**
   * Whether statements left temporary things or variables, which the first lane alone sees; what lies in the session's
   * own schemas is the same for all. Our own temporary tables begin with `__rat_`.
   */
  async hasPrivateObjects(): Promise<boolean> {
    const ours = Object.keys(this.#options.inputs.fileLists);
    const [[objects] = []] = await this.execute(PRIVATE_OBJECTS);
    const variables = await this.execute('SELECT name FROM duckdb_variables()');
    return objects !== '0' || variables.some(([name]) => !ours.includes(name ?? ''));
  }

  /**
   * Makes `name` a view of a SELECT, in place of the view of that name, for statements of ours. The SELECT is ours, not
   * an author's; that it may read its files is decided when the session is confined.
   */
  async showView(name: string, sql: string): Promise<void> {
    const view = `CREATE OR REPLACE VIEW ${quotedIdentifier(name)} AS`;
    await this.#guard(undefined, '', () => this.#connection.run(`${view} ${sql}`));
  }

  /**
   * Shows one more table to the quality tests, which name tables by `testedRelation`. The first call, after the last
   * statement of the author, makes their schema and shows the inputs of the session in it: no object that a statement
   * made can stand for a table there.
   */
  async showTested(name: string, sql: string): Promise<void> {
    await this.#guard(undefined, '', async () => {
      if (!this.#showsTested) await this.#showIn(TESTED_SCHEMA, testedRelation);
      this.#showsTested = true;
      await this.#connection.run(`CREATE OR REPLACE VIEW ${testedRelation(name)} AS ${sql}`);
    });
  }

  /** Makes a schema, which must not be there, and a view in it for each input of the session. */
  async #showIn(schema: string, relation: (name: string) => string): Promise<void> {
    await this.#connection.run(`CREATE SCHEMA memory.${schema}`);
    for (const [name, { sql }] of Object.entries(this.#options.inputs.tables)) {
      await this.#connection.run(`CREATE VIEW ${relation(name)} AS ${sql}`);
    }
  }

  /** Runs an author's statement and drops its rows. Answers how many there were, or were changed. */
  run(statement: Statement): Promise<{ rows: number }> {
    return this.#guard(statement, '', async () => {
      const prepared = await prepareAllowed(this.#connection, statement, this.#gate);
      try {
        return { rows: await this.#profiled(() => drain(prepared, () => undefined)) };
      } finally {
        prepared.destroySync();
      }
    });
  }

  /**
   * What DuckDB said since this was last asked: what it warns of in the author's statements that were run or described,
   * and, if the session profiles, where the one that ended last spent its time.
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

  /** Executes an author's statement, and keeps where it spent its time. */
  async #profiled<T>(execute: () => Promise<T>): Promise<T> {
    const [profiler] = this.#profilers;
    if (profiler === undefined) return execute();
    const { answer, profile } = await profiler.measure(execute);
    this.#profile = profile;
    return answer;
  }

  /**
   * Runs a statement of ours, which no gate looks at: never one that holds an author's text. Answers all its rows, each
   * value as text or null, so there must be few.
   */
  execute(sql: string): Promise<(string | null)[][]> {
    return this.#guard(undefined, '', async () => {
      const reader = await this.#connection.runAndReadAll(sql);
      const types = reader.columnTypes();
      return reader
        .getRows()
        .map((row) => types.map((type, index) => textValue(row[index] ?? null, type)));
    });
  }

  /**
   * Keeps the rows of a SELECT that was described in a temporary table, numbered from 1 in the column `ordinal`, in the
   * query's order if the session keeps it. What does not fit in memory spills.
   */
  async keepRows(
    select: Statement,
    table: { name: string; columns: readonly WrittenColumn[]; ordinal: string },
  ): Promise<void> {
    const columns = table.columns.map(castColumn).join(', ');
    const wrapper =
      `CREATE OR REPLACE TEMP TABLE ${quotedIdentifier(table.name)} AS SELECT ${columns}, ` +
      `row_number() OVER () AS ${quotedIdentifier(table.ordinal)} FROM (\n`;
    await this.#guard(select, wrapper, () =>
      this.#profiled(() => this.#connection.run(`${wrapper}${select.text}\n)`)),
    );
  }

  /** The columns that an author's SELECT results in; nothing runs. Refuses what is no query. */
  describe(select: Statement): Promise<ResultColumn[]> {
    return this.#guard(select, '', () => describeSelect(this.#connection, select, this.#gate));
  }

  /**
   * Writes the rows of a SELECT that was described as Parquet into the staging folder, straight from DuckDB. Files are
   * cut near `targetFileMb`; a result with an ORDER BY becomes one file, since DuckDB deals rows to several out of
   * order. A result without rows leaves no file.
   */
  writeParquet(select: Statement, layout: ParquetLayout): Promise<WrittenFile[]> {
    return this.#copy(select.text, layout, select);
  }

  /** The same for a SELECT of ours, of which an error tells no text. */
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
    const plan = await this.#guard(select, '', () =>
      planParquetCopy(this.#connection, sql, { ...layout, ...limits }),
    );
    const written = await this.#guard(select, plan.wrapper, async () => {
      const write = () => this.#connection.runAndReadAll(plan.sql);
      const reader = await (select === undefined ? write() : this.#profiled(write));
      return reader.getRowObjectsJson().map(writtenFile);
    });
    const isEmpty = (file: WrittenFile): boolean => file.count === '0';
    for (const file of written.filter(isEmpty)) await rm(file.filename);
    return written.filter((file) => !isEmpty(file));
  }

  /** Asks on the first lane, see `QueryLane`. */
  query(statement: Statement, options: QueryOptions): Promise<QueryResult> {
    const [lane] = this.lanes;
    if (lane === undefined) throw new Error('a session has no lane');
    return lane.query(statement, options);
  }

  /** Ends the running statement and all running queries, and every later one before it starts. */
  interrupt(): void {
    this.#interrupter.start();
  }

  /** Gives everything back; call it when nothing is running. */
  close(): void {
    this.#interrupter.stop();
    for (const connection of [this.#parser, ...this.#connections]) connection.closeSync();
    this.#instance.closeSync();
    if (this.#folderBefore !== undefined) process.chdir(this.#folderBefore);
    this.#folderBefore = undefined;
  }

  /** Runs one step: interrupts and errors come out translated, progress is told while it lasts. */
  async #guard<T>(
    statement: Statement | undefined,
    wrapper: string,
    step: () => Promise<T>,
  ): Promise<T> {
    if (this.#interrupter.started) throw new InterruptedError();
    const timer = setInterval(() => this.#tellProgress(), PROGRESS_EVERY_MS);
    try {
      const value = await step();
      // An interrupt can end a result early without any error.
      if (this.#interrupter.started) throw new InterruptedError();
      return value;
    } catch (error) {
      if (this.#interrupter.started) throw new InterruptedError({ cause: error });
      if (error instanceof StatementError) throw error;
      const failure = translateError(error, statement, wrapper, this.#options.inputs);
      throw new StatementError(failure, { cause: error });
    } finally {
      clearInterval(timer);
    }
  }

  /** Every lane at work calls it; what is told is the first one's. */
  #tellProgress(): void {
    const { percentage, rows_processed: rows } = this.#connection.progress;
    if (percentage < 0 || performance.now() < this.#quietUntilMs) return;
    this.#quietUntilMs = performance.now() + PROGRESS_EVERY_MS / 2;
    this.#options.onProgress?.(percentage, Number(rows));
  }
}

function fileList(files: readonly string[]): string {
  return `[${files.map((file) => quotedString(exactPattern(file))).join(', ')}]`;
}

function refuseFileName(path: string): Failure {
  const message = `the file ${path} cannot be read apart from one with a similar name: rename it without a backslash`;
  return { code: 'sql_error', message };
}
