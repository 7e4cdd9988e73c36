import { readFile, rm } from 'node:fs/promises';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { formatProfile } from './format-profile.ts';

/**
 * Has DuckDB measure what one connection executes. The client for Node has no way to ask for a measurement, so each
 * goes to a file, which the next one replaces.
 */
export class Profiler {
  readonly #connection: DuckDBConnection;
  readonly #path: string;

  /** `path` is absolute, and lies where the session may write. */
  constructor(connection: DuckDBConnection, path: string) {
    this.#connection = connection;
    this.#path = path;
  }

  /** To be called before the session is confined. */
  async start(): Promise<void> {
    await this.#connection.run(`SET enable_profiling = 'json'`);
    // Without ALL only a SELECT would be measured, and not the COPY that writes its rows.
    await this.#connection.run(`SET profiling_coverage = 'ALL'`);
    await this.#connection.run(`SET profile_output = ${quotedString(this.#path)}`);
  }

  /**
   * Executes a statement. Beside its answer: where it spent its time, as text of several lines, or undefined when DuckDB
   * did not say, as for an EXPLAIN ANALYZE.
   */
  async measure<T>(execute: () => Promise<T>): Promise<{ answer: T; profile: string | undefined }> {
    // Else what was measured of another statement would be taken for this one's.
    await rm(this.#path, { force: true });
    const answer = await execute();
    return { answer, profile: await this.#read() };
  }

  async #read(): Promise<string | undefined> {
    try {
      return formatProfile(await readFile(this.#path, 'utf8'));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
