import { readFile, rm } from 'node:fs/promises';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { formatProfile } from './format-profile.ts';

/**
 * Measures the statements of one connection with DuckDB's profiler. The Node client has no call for
 * the result, so DuckDB writes each profile to a file, over the previous one.
 */
export class Profiler {
  readonly #connection: DuckDBConnection;
  readonly #path: string;

  /** `path` is absolute, in a folder that the session may write. */
  constructor(connection: DuckDBConnection, path: string) {
    this.#connection = connection;
    this.#path = path;
  }

  /** Call it before the session is confined. */
  async start(): Promise<void> {
    await this.#connection.run(`SET enable_profiling = 'json'`);
    // Without ALL, DuckDB profiles SELECTs only, and not the COPY that writes their rows.
    await this.#connection.run(`SET profiling_coverage = 'ALL'`);
    await this.#connection.run(`SET profile_output = ${quotedString(this.#path)}`);
  }

  /**
   * Executes a statement. Returns its result and its profile, several lines of text; the profile is
   * undefined when DuckDB wrote none, as for an EXPLAIN ANALYZE.
   */
  async measure<T>(execute: () => Promise<T>): Promise<{ answer: T; profile: string | undefined }> {
    // Otherwise the profile of an earlier statement could be taken for this one's.
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
