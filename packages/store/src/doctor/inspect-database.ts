import pg from 'pg';
import { listMigrations } from '../db/migrate.ts';
import { RUNNER_LIVE_MS } from '../runners/runners.ts';

/** What decides whether a database can carry the service. */
export interface DatabaseFacts {
  version: string;
  /** 180004 for 18.4. */
  versionNumber: number;
  isReadOnly: boolean;
  /** Whether the role may make schemas and tables, which migrations do. */
  mayCreate: boolean;
  /** The clock of the database minus that of this process, ms; exact to half a round trip. */
  clockDifferenceMs: number;
  /** Migrations of this version that the database lacks, in order. */
  pending: string[];
  /** Migrations of the database that this version lacks. */
  unknown: string[];
  /** Migrations that began and did not end. */
  unfinished: string[];
  /** Undefined before the first migration, as all that follow. */
  hasTokens: boolean | undefined;
  /** `host` and `port` of the endpoint, for each live runner. */
  runners: { id: string; host: string; port: number }[];
}

/** Looks at the database, and changes nothing. Throws when it cannot be reached within `timeoutMs`. */
export async function inspectDatabase(
  databaseUrl: string,
  timeoutMs: number,
): Promise<DatabaseFacts> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'rat-doctor',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SET default_transaction_read_only = on');
    // Warms the connection up, or the first round trip would count as a difference of the clocks.
    const { rows } = await client.query<ServerRow>(SERVER);
    const server = rows[0];
    if (server === undefined) throw new Error('the server has no answer');
    const clockDifferenceMs = await measureClock(client);
    const ledger = await readLedger(client);
    const known = await listMigrations();
    const applied = new Set(ledger.filter((one) => one.done).map(({ name }) => name));
    const isMigrated = applied.size > 0;
    return {
      version: server.version,
      versionNumber: Number(server.number),
      isReadOnly: server.standby || server.read_only,
      mayCreate: server.may_create,
      clockDifferenceMs,
      pending: known.filter((name) => !applied.has(name)),
      unknown: [...applied].filter((name) => !known.includes(name)),
      unfinished: ledger.filter((one) => !one.done).map(({ name }) => name),
      hasTokens: isMigrated ? await findTokens(client) : undefined,
      runners: isMigrated ? await findRunners(client) : [],
    };
  } finally {
    await client.end();
  }
}

interface ServerRow {
  version: string;
  number: string;
  standby: boolean;
  read_only: boolean;
  may_create: boolean;
}

const SERVER = `SELECT
    current_setting('server_version') AS version,
    current_setting('server_version_num') AS number,
    pg_is_in_recovery() AS standby,
    (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only')
      AS read_only,
    has_database_privilege(current_database(), 'CREATE')
      AND has_schema_privilege('public', 'CREATE') AS may_create`;

async function measureClock(client: pg.Client): Promise<number> {
  const before = Date.now();
  const { rows } = await client.query<{ ms: string }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text AS ms',
  );
  return Number(rows[0]?.ms) - (before + Date.now()) / 2;
}

async function readLedger(client: pg.Client): Promise<{ name: string; done: boolean }[]> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`,
  );
  if (rows[0]?.found !== true) return [];
  const ledger = await client.query<{ name: string; done: boolean }>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS done
     FROM _prisma_migrations
     WHERE rolled_back_at IS NULL
     ORDER BY migration_name`,
  );
  return ledger.rows;
}

/** An older database has no table of tokens yet. */
async function findTokens(client: pg.Client): Promise<boolean | undefined> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('tokens') IS NOT NULL AS found`,
  );
  if (rows[0]?.found !== true) return undefined;
  return (await client.query('SELECT 1 FROM tokens LIMIT 1')).rowCount === 1;
}

async function findRunners(client: pg.Client): Promise<DatabaseFacts['runners']> {
  const { rows } = await client.query<{ id: string; url: string | null }>(
    `SELECT id, door_url AS url FROM runners
     WHERE heartbeat_at > now() - $1 * interval '1 ms'
     ORDER BY id`,
    [RUNNER_LIVE_MS],
  );
  return rows.flatMap(({ id, url }) => {
    if (url === null || !URL.canParse(url)) return [];
    const { hostname, port } = new URL(url);
    return [{ id, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }];
  });
}
