import { rm } from 'node:fs/promises';
import {
  DuckDBInstance,
  quotedIdentifier,
  quotedString,
  StatementType,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBValue,
} from '@duckdb/node-api';
import { describeSelect, type ResultColumn } from './describe-select.ts';
import { InterruptedError, StatementError } from './errors.ts';
import { Interrupter } from './interrupter.ts';
import {
  planParquetCopy,
  writtenFile,
  type ParquetLayout,
  type WrittenFile,
} from './parquet-copy.ts';
import { prepareAllowed } from './prepare-allowed.ts';
import { sandboxSettings, type SandboxLimits } from './sandbox-settings.ts';
import type { Statement } from './split-statements.ts';
import { translateError } from './translate-error.ts';

/** What a session is opened with. Paths are absolute; both folders exist. */
export interface SessionOptions extends Omit<SandboxLimits, 'inputFiles'> {
  inputs: SessionInputs;
  /** Told at most every five seconds, while one statement runs, how much of it is done. */
  onProgress?: (percent: number) => void;
}

/** All that an author's SQL may read. */
export interface SessionInputs {
  /** By the name of the view: the SELECT that it shows, and all files that this SELECT reads. */
  tables: Readonly<Record<string, { sql: string; files: readonly string[] }>>;
  /** Files by the name of the session variable that lists them. */
  fileLists: Readonly<Record<string, readonly string[]>>;
}

/** The first rows of a result, each value as text or null, and how many there were. */
export interface QueryResult {
  columns: string[];
  rows: (string | null)[][];
  rowCount: number;
}

const PROGRESS_EVERY_MS = 5_000;

/**
 * Opens an in-memory DuckDB, names its inputs and confines it. Throws StatementError when an input cannot be read;
 * nothing stays open then.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const session = new Session(instance, connection, options);
  try {
    await session.confine();
    return session;
  } catch (error) {
    session.close();
    throw error instanceof StatementError
      ? error
      : new StatementError(translateError(error), { cause: error });
  }
}

/**
 * One confined DuckDB; one statement at a time. After `interrupt()` it only throws InterruptedError; after `close()`
 * it must not be used. Every other failure is a StatementError, after which the session goes on.
 */
export class Session {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #options: SessionOptions;
  readonly #interrupter: Interrupter;

  /** Use `openSession`. */
  constructor(instance: DuckDBInstance, connection: DuckDBConnection, options: SessionOptions) {
    this.#instance = instance;
    this.#connection = connection;
    this.#options = options;
    this.#interrupter = new Interrupter(() => connection.interrupt());
  }

  /** Binds the inputs, then locks the session; `openSession` calls it before any author's SQL. */
  async confine(): Promise<void> {
    const { tables, fileLists } = this.#options.inputs;
    for (const [name, { sql }] of Object.entries(tables)) await this.showView(name, sql);
    for (const [name, files] of Object.entries(fileLists)) {
      // The cast gives a list without elements its type.
      const list = `CAST(${fileList(files)} AS VARCHAR[])`;
      await this.#connection.run(`SET VARIABLE ${quotedIdentifier(name)} = ${list}`);
    }
    const tableFiles = Object.values(tables).map(({ files }) => files);
    const inputFiles = [...tableFiles, ...Object.values(fileLists)].flat();
    for (const setting of sandboxSettings({ ...this.#options, inputFiles })) {
      await this.#connection.run(setting);
    }
  }

  /**
   * Makes `name` a view of a SELECT, in place of the view of that name: inputs, or what was just staged. The SELECT is
   * ours, not an author's; that it may read its files is decided when the session is confined.
   */
  async showView(name: string, sql: string): Promise<void> {
    const view = `CREATE OR REPLACE VIEW ${quotedIdentifier(name)} AS`;
    await this.#guard(undefined, '', () => this.#connection.run(`${view} ${sql}`));
  }

  /** Runs an author's statement and drops its rows. Answers how many there were, or were changed. */
  run(statement: Statement): Promise<{ rows: number }> {
    return this.#guard(statement, '', async () => {
      const prepared = await prepareAllowed(this.#connection, statement);
      try {
        return { rows: await drain(prepared, () => undefined) };
      } finally {
        prepared.destroySync();
      }
    });
  }

  /** The columns that an author's SELECT results in; nothing runs. Refuses what is no query. */
  describe(select: Statement): Promise<ResultColumn[]> {
    return this.#guard(select, '', () => describeSelect(this.#connection, select));
  }

  /**
   * Writes the rows of a SELECT that was described as Parquet into the staging folder, straight from DuckDB. Files are
   * cut near `targetFileMb`; a result with an ORDER BY becomes one file, since DuckDB deals rows to several out of
   * order. A result without rows leaves no file.
   */
  async writeParquet(select: Statement, layout: ParquetLayout): Promise<WrittenFile[]> {
    const { stagingDir, memoryLimitMb, threads } = this.#options;
    const plan = await this.#guard(select, '', () =>
      planParquetCopy(this.#connection, select, { ...layout, stagingDir, memoryLimitMb, threads }),
    );
    const written = await this.#guard(select, plan.wrapper, async () => {
      const reader = await this.#connection.runAndReadAll(plan.sql);
      return reader.getRowObjectsJson().map(writtenFile);
    });
    const isEmpty = (file: WrittenFile): boolean => file.count === '0';
    for (const file of written.filter(isEmpty)) await rm(file.filename);
    return written.filter((file) => !isEmpty(file));
  }

  /**
   * Counts the rows of an author's query and keeps the first `limit`. With `timeoutMs` it fails with `timed_out` when
   * it takes longer; the session goes on.
   */
  async query(
    statement: Statement,
    options: { limit: number; timeoutMs?: number },
  ): Promise<QueryResult> {
    const rows: (string | null)[][] = [];
    const deadline = new Interrupter(() => this.#connection.interrupt());
    const timer = options.timeoutMs && setTimeout(() => deadline.start(), options.timeoutMs);
    try {
      return await this.#guard(statement, '', async () => {
        const prepared = await prepareAllowed(this.#connection, statement);
        const columns = Array.from({ length: prepared.columnCount }, (_, i) =>
          prepared.columnName(i),
        );
        const keep = (row: readonly DuckDBValue[]): void => {
          if (rows.length < options.limit) rows.push(row.map(toText));
        };
        const rowCount = await drain(prepared, keep, options.limit);
        if (deadline.started) throw new Error('the result was cut short');
        return { columns, rows, rowCount };
      });
    } catch (error) {
      if (!deadline.started || error instanceof InterruptedError) throw error;
      const message = `the query did not end within ${options.timeoutMs} ms`;
      throw new StatementError({ code: 'timed_out', message }, { cause: error });
    } finally {
      clearTimeout(timer);
      deadline.stop();
    }
  }

  /** Ends the running statement, and every later one before it starts. */
  interrupt(): void {
    this.#interrupter.start();
  }

  /** Gives everything back; call it when no statement is running. */
  close(): void {
    this.#interrupter.stop();
    this.#connection.closeSync();
    this.#instance.closeSync();
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
      throw new StatementError(translateError(error, statement, wrapper), { cause: error });
    } finally {
      clearInterval(timer);
    }
  }

  #tellProgress(): void {
    const { percentage } = this.#connection.progress;
    if (percentage >= 0) this.#options.onProgress?.(percentage);
  }
}

function fileList(files: readonly string[]): string {
  return `[${files.map(quotedString).join(', ')}]`;
}

function toText(value: DuckDBValue): string | null {
  return value === null ? null : String(value);
}

/**
 * Reads a result chunk by chunk, so that a large one is never in memory; the first `keepRows` rows are converted and
 * handed over. Answers the number of rows, or of those that a statement inserted, changed or removed.
 */
async function drain(
  prepared: DuckDBPreparedStatement,
  onRow: (row: readonly DuckDBValue[]) => void,
  keepRows = 0,
): Promise<number> {
  const result = await prepared.stream();
  const counts = prepared.statementType !== StatementType.SELECT && result.columnCount === 1;
  if (counts && result.columnName(0) === 'Count') {
    const chunk = await result.fetchChunk();
    return Number(chunk?.getRows()[0]?.[0] ?? 0);
  }
  let rows = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return rows;
    if (rows < keepRows) for (const row of chunk.getRows()) onRow(row);
    rows += chunk.rowCount;
  }
}
