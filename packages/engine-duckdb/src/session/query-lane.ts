import { StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { drain } from '../values/drain.ts';
import {
  InterruptedError,
  StatementError,
  type QueryResult,
  type Statement,
  type TestLane,
} from '@rat/engine';
import { Interrupter } from './interrupter.ts';
import { prepareShown, type ShownStatement } from '../sandbox/prepare-shown.ts';
import type { Profiler } from './profiler.ts';
import { refuseStatement } from '../sql/translate-error.ts';

/** Runs one step of the session, see `SessionGuard`. */
type Guard = <T>(statement: Statement, step: () => Promise<T>) => Promise<T>;

/**
 * One connection of a session, confined like the others. It runs one query at a time. Lanes run in
 * parallel, within the session's common memory limit.
 */
export class QueryLane implements TestLane {
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

  /** Binds a query without running it; refuses a statement that is no query. */
  async bind(statement: Statement): Promise<void> {
    const { prepared } = await this.#guard(statement, () => this.#prepare(statement));
    prepared.destroySync();
  }

  async #prepare(statement: Statement): Promise<ShownStatement> {
    const gate = { parser: this.#parser, scope: 'pipeline' } as const;
    const shown = await prepareShown(this.#connection, statement, gate);
    if (shown.prepared.statementType === StatementType.SELECT) return shown;
    shown.prepared.destroySync();
    // A query must not change tables that other lanes read.
    throw new StatementError(refuseStatement('this must be a SELECT', statement));
  }

  async query(
    statement: Statement,
    options: { limit: number; timeoutMs?: number },
  ): Promise<QueryResult> {
    const rows: (string | null)[][] = [];
    const deadline = new Interrupter(() => this.#connection.interrupt());
    const timer = options.timeoutMs && setTimeout(() => deadline.start(), options.timeoutMs);
    try {
      return await this.#guard(statement, async () => {
        const { prepared, columns: shown } = await this.#prepare(statement);
        try {
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
