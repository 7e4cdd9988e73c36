import {
  quotedIdentifier,
  StatementType,
  type DuckDBConnection,
  type Json,
} from '@duckdb/node-api';
import { StatementError } from './errors.ts';
import { jsonValue } from './json-value.ts';
import { openEngine } from './open-engine.ts';
import { prepareShown } from './prepare-shown.ts';
import { CONNECTION_SETTINGS, sandboxSettings, type SandboxLimits } from './sandbox-settings.ts';
import type { Statement } from './split-statements.ts';
import { refuseStatement, translateError } from './translate-error.ts';

/** A table by its full name: the SELECT that shows it, and all files that this SELECT reads. */
export interface QueryTable {
  namespace: string;
  layer: string;
  name: string;
  sql: string;
  files: readonly string[];
}

export interface AnswerOptions extends Omit<SandboxLimits, 'inputFiles' | 'stagingDir'> {
  tables: readonly QueryTable[];
  /** Where names of two parts are looked up. */
  namespace: string;
  /** An answer ends at whichever is reached first; bytes are those of the rows as JSON. */
  maxRows: number;
  maxBytes: number;
}

/** Rows as arrays of JSON values; what JSON cannot hold without loss is text. */
export interface QueryRows {
  columns: { name: string; type: string }[];
  rows: Json[][];
  truncated: boolean;
}

/**
 * Answers one SELECT in a confined DuckDB of its own, in which a namespace is a catalog and a layer a schema, so that
 * tables have their full names. Rows are read as they are made, and no more of them than the answer holds. Throws
 * StatementError.
 */
export async function answerQuery(select: Statement, options: AnswerOptions): Promise<QueryRows> {
  const instance = await openEngine();
  const connection = await instance.connect();
  const parser = await instance.connect();
  try {
    await showTables(connection, options);
    const inputFiles = options.tables.flatMap(({ files }) => files);
    const limits = { ...options, inputFiles, stagingDir: options.tempDir };
    for (const setting of [...CONNECTION_SETTINGS, ...sandboxSettings(limits)]) {
      await connection.run(setting);
    }
    return await readRows({ connection, parser }, select, options);
  } catch (error) {
    if (error instanceof StatementError) throw error;
    throw new StatementError(translateError(error, select), { cause: error });
  } finally {
    parser.closeSync();
    connection.closeSync();
    instance.closeSync();
  }
}

async function showTables(connection: DuckDBConnection, options: AnswerOptions): Promise<void> {
  const namespaces = new Set([options.namespace, ...options.tables.map((one) => one.namespace)]);
  for (const namespace of namespaces) {
    await connection.run(`ATTACH ':memory:' AS ${quotedIdentifier(namespace)}`);
  }
  for (const { namespace, layer, name, sql } of options.tables) {
    const schema = `${quotedIdentifier(namespace)}.${quotedIdentifier(layer)}`;
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await connection.run(`CREATE VIEW ${schema}.${quotedIdentifier(name)} AS ${sql}`);
  }
  await connection.run(`USE ${quotedIdentifier(options.namespace)}`);
}

async function readRows(
  { connection, parser }: { connection: DuckDBConnection; parser: DuckDBConnection },
  select: Statement,
  limits: Pick<AnswerOptions, 'maxRows' | 'maxBytes'>,
): Promise<QueryRows> {
  const { prepared, columns } = await prepareShown(connection, select, { parser, scope: 'query' });
  try {
    const { statementType } = prepared;
    if (statementType !== StatementType.SELECT && statementType !== StatementType.EXPLAIN) {
      throw new StatementError(refuseStatement('a query is one SELECT', select));
    }
    const result = await prepared.stream();
    const rows: Json[][] = [];
    let bytes = 0;
    const types = result.columnTypes();
    for await (const chunk of result.yieldRows()) {
      for (const values of chunk) {
        const row = types.map((type, index) => jsonValue(values[index] ?? null, type));
        bytes += Buffer.byteLength(JSON.stringify(row));
        if (rows.length === limits.maxRows || bytes > limits.maxBytes) {
          return { columns, rows, truncated: true };
        }
        rows.push(row);
      }
    }
    return { columns, rows, truncated: false };
  } finally {
    prepared.destroySync();
  }
}
