import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { MIGRATION_LOCK } from '../db/migration-lock.ts';
import { listCopiedTables, type CopiedTable } from './copied-tables.ts';

/** What a snapshot of the database names outside of it, and how it can be read again. */
export interface ExportFacts {
  /** The time of the snapshot by the clock of the database, milliseconds since 1970. */
  takenAtMs: number;
  /** The names of the applied migrations, in order. */
  migrations: string[];
  tables: CopiedTable[];
  /** URIs of the metadata of all tables, with those of dropped tables that can be restored. */
  metadataLocations: string[];
  /** Paths of archived logs, relative to the warehouse. */
  logPaths: string[];
  /** Runs that have not ended: no file that they read counts as read. */
  unfinishedRuns: string[];
  /** Runs that published what they read in landing zones, and whose files no later run may read. */
  publishedReads: string[];
}

/** One open snapshot. */
export interface ExportSession {
  facts: ExportFacts;
  /** Writes the rows of a table in the text format of COPY. Ends `sink`. */
  copy: (table: CopiedTable, sink: Writable) => Promise<void>;
}

/**
 * Opens one snapshot of the whole database and passes it to `work`. A migration waits for
 * its end; no other session is blocked. The queue's own tables are not a part of it: tickets are made
 * again from the runs.
 */
export async function withExport<T>(
  databaseUrl: string,
  work: (session: ExportSession) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'rat-backup',
    keepAlive: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // The defaults of the server may end a long wait, and a long COPY.
    await client.query('SET statement_timeout = 0');
    // Every COPY leaves a lock on its table until the end. The ALTER TABLE of a migration would wait
    // for it, and each statement on the table would wait for the ALTER TABLE.
    await client.query('SELECT pg_advisory_lock_shared($1)', [MIGRATION_LOCK]);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    const facts = await readFacts(client);
    const answer = await work({
      facts,
      copy: async ({ name, columns }, sink) => {
        await pipeline(
          client.query(copyTo(`COPY ${name} (${columns.join(', ')}) TO STDOUT`)),
          sink,
        );
      },
    });
    await client.query('COMMIT');
    return answer;
  } finally {
    await client.end();
  }
}

async function readFacts(client: pg.Client): Promise<ExportFacts> {
  // The first statement takes the snapshot.
  const [taken] = await rowsOf<{ ms: string }>(
    client,
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS ms',
  );
  const migrations = await rowsOf<{ name: string }>(
    client,
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
     ORDER BY migration_name`,
  );
  const locations = await rowsOf<{ uri: string }>(client, LIST_METADATA);
  const logs = await rowsOf<{ path: string }>(
    client,
    'SELECT logs_s3_path AS path FROM runs WHERE logs_s3_path IS NOT NULL',
  );
  const unfinished = await rowsOf<{ id: string }>(
    client,
    `SELECT id::text FROM runs WHERE status IN ('pending', 'running')`,
  );
  const reads = await rowsOf<{ id: string }>(
    client,
    `SELECT DISTINCT run_id::text AS id FROM landing_reads WHERE archive IN ('due', 'done')`,
  );
  return {
    takenAtMs: Number(taken?.ms),
    migrations: migrations.map(({ name }) => name),
    tables: await listCopiedTables(client),
    metadataLocations: locations.map(({ uri }) => uri),
    logPaths: logs.map(({ path }) => path),
    unfinishedRuns: unfinished.map(({ id }) => id),
    publishedReads: reads.map(({ id }) => id),
  };
}

/**
 * Whether a table has its current version in this metadata file, or an undrop can bring it back. No
 * maintenance removes a file of such a version.
 */
export async function isMetadataNamed(databaseUrl: string, location: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'rat-backup' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `SELECT 1 FROM (${LIST_METADATA}) named WHERE uri = $1`,
      [location],
    );
    return rowCount !== 0;
  } finally {
    await client.end();
  }
}

/** A dropped table whose files are being removed is left out: no undrop can bring it back. */
const LIST_METADATA = `SELECT metadata_location AS uri
  FROM lake.iceberg_tables
  WHERE metadata_location IS NOT NULL
  UNION
  SELECT metadata_location
  FROM dropped_tables
  WHERE state = 'restorable'`;

async function rowsOf<T extends pg.QueryResultRow>(client: pg.Client, text: string): Promise<T[]> {
  return (await client.query<T>(text)).rows;
}
