import { DuckDBInstance } from '@duckdb/node-api';

/** Executes a statement in memory; returns the version of DuckDB. Throws when the binding does not work here. */
export async function readDuckdbVersion(): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll('SELECT version()');
    return String(reader.getRows()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
