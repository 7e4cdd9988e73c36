import type { DuckDBConnection } from '@duckdb/node-api';

/** The limit on collected warnings; a usual statement causes few. */
const WARNINGS_MAX = 100;

// By their full names, because authors may define macros with the short names.
const START = `CALL system.main.enable_logging(level := 'warning', storage := 'memory')`;
const STOP = 'CALL system.main.disable_logging()';
const READ = `SELECT DISTINCT message FROM system.main.duckdb_logs() LIMIT ${WARNINGS_MAX}`;
const EMPTY = 'CALL system.main.truncate_duckdb_logs()';

/**
 * Collects DuckDB's warnings, for example about syntax that its next release removes. DuckDB logs
 * them to memory while it binds a statement. Authors can write to that log too, one line for every
 * row, and no limit counts it. So the log is on only while a statement is prepared, which executes
 * nothing.
 */
export class Warnings {
  readonly #connection: DuckDBConnection;
  readonly #found = new Set<string>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Prepares a statement and collects its warnings. Only one call at a time. */
  async watch<T>(prepare: () => Promise<T>): Promise<T> {
    await this.#connection.run(START);
    try {
      return await prepare();
    } finally {
      await this.#connection.run(STOP);
      const rows = (await this.#connection.runAndReadAll(READ)).getRows();
      for (const [message] of rows) this.#found.add(String(message));
      if (rows.length > 0) await this.#connection.run(EMPTY);
    }
  }

  /** Takes the warnings since the last call, each once. */
  take(): string[] {
    const found = [...this.#found];
    this.#found.clear();
    return found;
  }
}
