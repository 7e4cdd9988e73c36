import type { DuckDBConnection } from '@duckdb/node-api';

/** One statement gives rise to few; whoever writes a thousand is not read further. */
const WARNINGS_MAX = 100;

// By their full names, since authors may call macros of their own by the short ones.
const START = `CALL system.main.enable_logging(level := 'warning', storage := 'memory')`;
const STOP = 'CALL system.main.disable_logging()';
const READ = `SELECT DISTINCT message FROM system.main.duckdb_logs() LIMIT ${WARNINGS_MAX}`;
const EMPTY = 'CALL system.main.truncate_duckdb_logs()';

/**
 * What DuckDB warns of: syntax that its next release gives up, for example. It says so while it binds a statement, to a log
 * that is kept in memory. Authors can write to that log as well, a line for every row, and no limit counts it: so it
 * is on only while a statement is prepared, when nothing of it is executed.
 */
export class Warnings {
  readonly #connection: DuckDBConnection;
  readonly #found = new Set<string>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Prepares a statement, and keeps what it is warned of. Only one at a time. */
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

  /** Those since it was last asked, each once. */
  take(): string[] {
    const found = [...this.#found];
    this.#found.clear();
    return found;
  }
}
