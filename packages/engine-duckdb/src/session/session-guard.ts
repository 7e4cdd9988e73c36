import type { DuckDBConnection } from '@duckdb/node-api';
import { InterruptedError, StatementError, type SessionOptions, type Statement } from '@rat/engine';
import { Interrupter } from './interrupter.ts';
import { translateError } from '../sql/translate-error.ts';

const PROGRESS_EVERY_MS = 1_000;

/**
 * Runs the steps of a session: translates errors, reports progress, and ends every step after an
 * interrupt. The steps of several lanes may overlap; the progress is that of the first connection.
 */
export class SessionGuard {
  readonly #connection: DuckDBConnection;
  readonly #options: Pick<SessionOptions, 'inputs' | 'onProgress'>;
  readonly #interrupter: Interrupter;
  readonly #running = new Set<Promise<unknown>>();
  #ended = false;
  #quietUntilMs = 0;

  constructor(
    connections: readonly [DuckDBConnection, ...DuckDBConnection[]],
    options: Pick<SessionOptions, 'inputs' | 'onProgress'>,
  ) {
    [this.#connection] = connections;
    this.#options = options;
    this.#interrupter = new Interrupter(() => {
      for (const connection of connections) connection.interrupt();
    });
  }

  /**
   * Runs one step. Throws InterruptedError after an interrupt or `end`, and StatementError for every
   * other failure. `statement` is the author's, undefined for one of the platform; `wrapper` is the text
   * before it in the executed SQL.
   */
  async run<T>(
    statement: Statement | undefined,
    wrapper: string,
    step: () => Promise<T>,
  ): Promise<T> {
    if (this.#interrupter.started || this.#ended) throw new InterruptedError();
    const timer = setInterval(() => this.#reportProgress(), PROGRESS_EVERY_MS);
    // A step that throws at once is a rejection too.
    const running = (async () => step())();
    this.#running.add(running);
    try {
      const value = await running;
      // An interrupt can cut a result short without an error.
      if (this.#interrupter.started) throw new InterruptedError();
      return value;
    } catch (error) {
      if (this.#interrupter.started) throw new InterruptedError({ cause: error });
      if (error instanceof StatementError) throw error;
      const failure = translateError(error, statement, wrapper, this.#options.inputs);
      throw new StatementError(failure, { cause: error });
    } finally {
      this.#running.delete(running);
      clearInterval(timer);
    }
  }

  /** Ends the running steps, and every later one before it starts. */
  interrupt(): void {
    this.#interrupter.start();
  }

  /**
   * Ends the running steps, and waits for them: DuckDB crashes the process when a connection closes
   * under a statement.
   */
  async end(): Promise<void> {
    this.#ended = true;
    if (this.#running.size > 0) {
      this.#interrupter.start();
      await Promise.allSettled(this.#running);
    }
    this.#interrupter.stop();
  }

  /** Every active step calls it; a report within half a period of the last one is dropped. */
  #reportProgress(): void {
    const { percentage, rows_processed: rows } = this.#connection.progress;
    if (percentage < 0 || performance.now() < this.#quietUntilMs) return;
    this.#quietUntilMs = performance.now() + PROGRESS_EVERY_MS / 2;
    this.#options.onProgress?.(percentage, Number(rows));
  }
}
