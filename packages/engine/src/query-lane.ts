import { StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { drain } from './drain.ts';
import { InterruptedError, StatementError } from './errors.ts';
import { Interrupter } from './interrupter.ts';
import { prepareShown } from './prepare-shown.ts';
import type { Profiler } from './profiler.ts';
import type { Statement } from './split-statements.ts';
import { refuseStatement } from './translate-error.ts';

/** The first rows of a result, each value as text or null, and how many there were. */
export interface QueryResult {
  columns: string[];
  rows: (string | null)[][];
  rowCount: number;
  /** Where it spent its time; only from a session that profiles. */
  profile?: string;
}

export interface QueryOptions {
  /** How many rows are kept. */
  limit: number;
  timeoutMs?: number;
}

/** Runs one step of the session: interrupts and errors come out translated. */
type Guard = <T>(statement: Statement, step: () => Promise<T>) => Promise<T>;

/**
 * One connection of a session, as confined as every other. It answers one query at a time; several lanes go on beside
 * each other, within the one memory limit of the session.
 */
export class QueryLane {
  readonly #connection: DuckDBConnection;
  readonly #parser: DuckDBConnection;
  readonly #guard: Guard;
  readonly #profiler: Profiler | undefined;

  /** Use the lanes of a session. */
  constructor(
    { connection, parser }: { connection: DuckDBConnection; parser: DuckDBConnection },
    guard: Guard,
    profiler?: Profiler,
  ) {
    this.#parser = parser;
    this.#connection = connection;
    this.#guard = guard;
    this.#profiler = profiler;
  }

  /**
   * Counts the rows of an author's query and keeps the first `limit`; what is no query is refused. With `timeoutMs` it
   * fails with `timed_out` when it takes longer; the lane goes on.
   */
  async query(statement: Statement, options: QueryOptions): Promise<QueryResult> {
    const rows: (string | null)[][] = [];
    const deadline = new Interrupter(() => this.#connection.interrupt());
    const timer = options.timeoutMs && setTimeout(() => deadline.start(), options.timeoutMs);
    try {
      return await this.#guard(statement, async () => {
        const { prepared, columns: shown } = await prepareShown(this.#connection, statement, {
          parser: this.#parser,
          scope: 'pipeline',
        });
        try {
          if (prepared.statementType !== StatementType.SELECT) {
            // Queries of several lanes must not change what the others read.
            throw new StatementError(refuseStatement('this must be a SELECT', statement));
          }
          const columns = shown.map(({ name }) => name);
          const keep = (row: (string | null)[]): void => void rows.push(row);
          const execute = (): Promise<number> => drain(prepared, keep, options.limit);
          const { answer: rowCount, profile } = this.#profiler
            ? await this.#profiler.measure(execute)
            : { answer: await execute() };
          if (deadline.started) throw new Error('the result was cut short');
          return { columns, rows, rowCount, ...(profile === undefined ? {} : { profile }) };
        } finally {
          prepared.destroySync();
        }
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
}
