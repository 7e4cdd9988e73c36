import { PrismaPg } from '@prisma/adapter-pg';
import { coerceError, type Logger } from '@rat/runtime';
import pg from 'pg';
import { PrismaClient } from '../generated/client.ts';

/** A connection pool, and a Prisma Client on the same pool. */
export interface Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/** Executes statements: the pool, or one client inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

/** Parses bigint columns (counts and byte sizes) as numbers; all of ours stay far below 2^53. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format),
};

/**
 * Creates the pool without connecting; the first statement connects. `close` waits for statements
 * in flight.
 *
 * @example
 * const db = openDatabase({ url, maxConnections: 10, applicationName: 'rat-api', log });
 * await db.close();
 */
export function openDatabase(options: {
  url: string;
  maxConnections: number;
  applicationName: string;
  log: Logger;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections,
    application_name: options.applicationName,
    // Also the longest wait for a free connection; a burst of requests may queue that long.
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    // Our statements take milliseconds. One that exceeds this limit is stuck and holds locks.
    statement_timeout: 30_000,
    // The client-side limit, for a response that the network lost.
    query_timeout: 35_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    // Statements that do not depend on each other are sent together; the server executes them in
    // their order.
    pipeline: true,
    types: TYPES,
  });
  const onConnectionError = (error: Error): void => {
    options.log.warn({ err: coerceError(error) }, 'postgres connection lost');
  };
  // Without a listener, a dropped idle connection would end the process.
  pool.on('error', onConnectionError);
  // A connection that is dropped inside a transaction would end it too: a client that is checked
  // out emits the error only on itself.
  pool.on('connect', (client) => client.on('error', onConnectionError));
  const adapter = new PrismaPg(pool, {
    // Each connection plans a named statement once. Different SQL needs a different name.
    statementNameGenerator: statementName,
    onPoolError: onConnectionError,
    onConnectionError,
  });
  const prisma = new PrismaClient({ adapter });
  return {
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

const names = new Map<string, string>();

function statementName({ sql }: { sql: string }): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = `s_${names.size}`;
    names.set(sql, name);
  }
  return name;
}

/**
 * A statement that each connection parses and plans once, for statements whose planning costs more
 * than their execution. Use it only with a small set of texts, and pass every value as a parameter:
 * a connection keeps every statement it has prepared.
 */
export function prepared(text: string, values: unknown[]): pg.QueryConfig {
  return { name: statementName({ sql: text }), text, values };
}

/**
 * Runs `work` in one transaction: commits when it returns, and rolls back when it throws.
 *
 * @example
 * await withTransaction(db.pool, async (client) => {
 *   await client.query(FIRST);
 *   await client.query(SECOND);
 * });
 */
export function withTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return runBetween('BEGIN', pool, work);
}

/** Runs read-only `work` in one snapshot: every statement sees the same state. */
export function withSnapshot<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return runBetween('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', pool, work);
}

async function runBetween<T>(
  begin: string,
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    // Wait for BEGIN: if it were refused, the pipelined statements behind it would commit one by
    // one.
    await client.query(begin);
    const answer = await work(client);
    await client.query('COMMIT');
    return answer;
  } catch (error) {
    // A client whose ROLLBACK fails has lost its connection and must not return to the pool.
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = coerceError(rollbackError);
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
