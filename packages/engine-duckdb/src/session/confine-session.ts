import { isAbsolute } from 'node:path';
import { quotedIdentifier, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import type { Failure } from '@rat/domain';
import { INPUT_SCHEMA, inputRelation } from '../sandbox/definition-gate.ts';
import { StatementError, type SessionInputs, type SessionOptions } from '@rat/engine';
import { exactPattern, inexactPaths } from '../sandbox/exact-pattern.ts';
import type { Profiler } from './profiler.ts';
import { CONNECTION_SETTINGS, sandboxSettings } from '../sandbox/sandbox-settings.ts';

/**
 * Binds the inputs on all connections of one instance, then confines the instance and locks its
 * configuration. It must end before any author's SQL runs. Throws StatementError for a file that
 * DuckDB cannot read alone.
 */
export async function confineSession(
  connections: readonly [DuckDBConnection, ...DuckDBConnection[]],
  profilers: readonly Profiler[],
  options: SessionOptions,
): Promise<void> {
  const { tables, fileLists, folder, files: unnamed = [] } = options.inputs;
  const [connection] = connections;
  await showTables(connection, INPUT_SCHEMA, inputRelation, tables);
  for (const [name, files] of Object.entries(fileLists)) {
    const [inexact] = inexactPaths(files);
    if (inexact !== undefined) throw new StatementError(refuseFileName(inexact));
    // The cast gives an empty list its type.
    const list = `CAST(${fileList(files)} AS VARCHAR[])`;
    await runOnEach(connections, `SET VARIABLE ${quotedIdentifier(name)} = ${list}`);
  }
  for (const setting of CONNECTION_SETTINGS) await runOnEach(connections, setting);
  for (const profiler of profilers) await profiler.start();
  const tableFiles = Object.values(tables).map((table) => table.files);
  const listed = Object.values(fileLists).flat();
  const outside = listed.filter((path) => folder === undefined || isAbsolute(path));
  const inputFiles = [...tableFiles.flat(), ...unnamed, ...outside, ...outside.map(exactPattern)];
  const limits = { ...options, inputFiles: [...new Set(inputFiles)], inputFolder: folder };
  for (const setting of sandboxSettings(limits)) await connection.run(setting);
}

/** Creates a schema, which must not exist, and in it a view for each table. */
export async function showTables(
  connection: DuckDBConnection,
  schema: string,
  relation: (name: string) => string,
  tables: SessionInputs['tables'],
): Promise<void> {
  await connection.run(`CREATE SCHEMA memory.${schema}`);
  for (const [name, { sql }] of Object.entries(tables)) {
    await connection.run(`CREATE VIEW ${relation(name)} AS ${sql}`);
  }
}

async function runOnEach(connections: readonly DuckDBConnection[], sql: string): Promise<void> {
  for (const connection of connections) await connection.run(sql);
}

function fileList(files: readonly string[]): string {
  return `[${files.map((file) => quotedString(exactPattern(file))).join(', ')}]`;
}

function refuseFileName(path: string): Failure {
  const message = `the pattern of the file ${path} matches another file too: rename it without a backslash`;
  return { code: 'sql_error', message };
}
