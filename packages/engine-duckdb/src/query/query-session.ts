import { quotedIdentifier, StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { StatementError, type QueryOptions, type QueryRows, type Statement } from '@rat/engine';
import { openInstance } from '../session/open-instance.ts';
import { prepareShown } from '../sandbox/prepare-shown.ts';
import { readJsonRows } from '../values/read-rows.ts';
import { CONNECTION_SETTINGS, sandboxSettings } from '../sandbox/sandbox-settings.ts';
import { refuseStatement, translateError } from '../sql/translate-error.ts';

/**
 * Runs one SELECT in a new confined DuckDB. A namespace is a catalog there and a layer a schema, so
 * tables have their full names. Rows are read as they are produced, up to the limits. Throws
 * StatementError.
 */
export async function answerQuery(select: Statement, options: QueryOptions): Promise<QueryRows> {
  return withQueryConnection(select, options, (connections) =>
    readRows(connections, select, options),
  );
}

/** The connection that runs a query, and the one that only parses it. */
export interface QueryConnections {
  connection: DuckDBConnection;
  parser: DuckDBConnection;
}

/** Opens a confined DuckDB that shows the tables of a query, and closes it. Throws StatementError. */
export async function withQueryConnection<T>(
  select: Statement,
  options: QueryOptions & { keepsOrder?: boolean },
  work: (connections: QueryConnections) => Promise<T>,
): Promise<T> {
  const instance = await openInstance();
  const connection = await instance.connect();
  const parser = await instance.connect();
  try {
    await showTables(connection, options);
    const inputFiles = options.tables.flatMap(({ files }) => files);
    const limits = { ...options, inputFiles, stagingDir: options.tempDir };
    for (const setting of [...CONNECTION_SETTINGS, ...sandboxSettings(limits)]) {
      await connection.run(setting);
    }
    return await work({ connection, parser });
  } catch (error) {
    if (error instanceof StatementError) throw error;
    throw new StatementError(translateError(error, select), { cause: error });
  } finally {
    parser.closeSync();
    connection.closeSync();
    instance.closeSync();
  }
}

async function showTables(connection: DuckDBConnection, options: QueryOptions): Promise<void> {
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
  { connection, parser }: QueryConnections,
  select: Statement,
  limits: Pick<QueryOptions, 'maxRows' | 'maxBytes'>,
): Promise<QueryRows> {
  const { prepared, columns } = await prepareShown(connection, select, { parser, scope: 'query' });
  try {
    const { statementType } = prepared;
    if (statementType !== StatementType.SELECT && statementType !== StatementType.EXPLAIN) {
      throw new StatementError(refuseStatement('a query is one SELECT', select));
    }
    const result = await prepared.stream();
    const room = limits.maxBytes - Buffer.byteLength(JSON.stringify(columns));
    const read = await readJsonRows(result, { ...limits, maxBytes: room });
    if (room < 0 || read.isFirstTooLarge) {
      throw new StatementError(refuseStatement(tooLarge(limits), select));
    }
    return { columns, rows: read.rows, truncated: read.truncated };
  } finally {
    prepared.destroySync();
  }
}

function tooLarge({ maxBytes }: Pick<QueryOptions, 'maxBytes'>): string {
  const most = Math.floor(maxBytes / 2 ** 20);
  return `one row, or the names of the columns, take more than the ${most} MB that an answer may have: select fewer columns, or a part of the value`;
}
