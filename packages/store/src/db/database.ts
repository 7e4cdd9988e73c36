import { PrismaPg } from '@prisma/adapter-pg';
import { coerceError, type Logger } from '@rat/runtime';
import pg from 'pg';
import { PrismaClient } from '../generated/client.ts';

/** One pool of connections, and Prisma Client on top of the same pool. */
export interface Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/** Whatever takes a statement: the pool, or one client inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

/** Counts and byte sizes are bigint columns; all of ours stay far below 2^53. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format),
};

/** Opens no connection yet; the first statement does. `close` waits for statements in flight. */
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
    // Also how long a statement waits for a free connection; a burst of requests may queue that long.
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    // A statement of ours takes milliseconds; one that takes longer than this is stuck and holds locks.
    statement_timeout: 30_000,
    // The same for an answer that the network swallowed.
    query_timeout: 35_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    // Statements that do not need each other's answers travel together; they are executed in their order all the same.
    pipeline: true,
    types: TYPES,
  });
  const onConnectionError = (error: Error): void => {
    options.log.warn({ err: coerceError(error) }, 'postgres connection lost');
  };
  // Without a listener, a dropped idle connection would end the process.
  pool.on('error', onConnectionError);
  // So would one that is dropped inside a transaction: a client that is checked out tells its own listeners only.
  pool.on('connect', (client) => client.on('error', onConnectionError));
  const adapter = new PrismaPg(pool, {
    // Named statements are planned once a connection; the name must differ for differing SQL.
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
 * A statement that each connection parses and plans once, for those whose planning costs more than their execution. Only for
 * texts of which there are few, with every value a parameter: a connection keeps each that it has ever seen.
 */
export function prepared(text: string, values: unknown[]): pg.QueryConfig {
  return { name: statementName({ sql: text }), text, values };
}

/** Runs `work` in one transaction; commits what it did, or rolls all of it back when it throws. */
export function withTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return runBetween('BEGIN', pool, work);
}

/** Runs `work`, which writes nothing, where every statement sees what the first one saw. */
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
    // Waited for: were it refused, what travels behind it would commit statement by statement.
    await client.query(begin);
    const answer = await work(client);
    await client.query('COMMIT');
    return answer;
  } catch (error) {
    // A client whose rollback fails has lost its connection: it must not return to the pool.
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = coerceError(rollbackError);
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
