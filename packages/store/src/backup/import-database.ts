import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConflictError, InputError } from '@rat/domain';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { listMigrations, migrate } from '../db/migrate.ts';
import { SCHEMAS, type CopiedTable } from './copied-tables.ts';

/** A database as `withExport` wrote it. */
export interface ImportSource {
  migrations: readonly string[];
  tables: readonly CopiedTable[];
  /** Opens the rows of a table, in the text format of COPY. */
  open: (table: CopiedTable) => Readable;
}

/**
 * Throws InputError when this version of the service lacks a migration of the source, and
 * ConflictError when the database has tables.
 */
export async function assertImportable(
  databaseUrl: string,
  migrations: readonly string[],
): Promise<void> {
  const known = new Set(await listMigrations());
  const unknown = migrations.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new InputError(
      `the backup is of a newer version: this one has no migration ${unknown.join(', ')}; restore with the version that made it, or a later one`,
    );
  }
  const tables = await onClient(databaseUrl, (client) =>
    client.query(`SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY (${SCHEMAS}) AND c.relkind = 'r' LIMIT 1`),
  );
  if (tables.rowCount !== 0) {
    throw new ConflictError('the database is not empty; a restore needs a new one');
  }
}

/**
 * Fills an empty database: the migrations of the source, then its rows in one transaction, then the
 * migrations that are newer than the source. The role must own the database.
 */
export async function importDatabase(databaseUrl: string, source: ImportSource): Promise<void> {
  await migrate({ databaseUrl, only: source.migrations });
  await onClient(databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('SET LOCAL statement_timeout = 0');
    // Only a superuser may switch off the triggers of foreign keys. An owner may drop the keys and
    // add them again, which checks every row.
    const { rows: keys } = await client.query<{ drop: string; add: string }>(FOREIGN_KEYS);
    for (const { drop } of keys) await client.query(drop);
    for (const { name } of source.tables) {
      // The rows that triggers add are among those of the source. The migrations insert rows too.
      await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
      await client.query(`TRUNCATE ${name}`);
    }
    for (const table of source.tables) {
      const text = `COPY ${table.name} (${table.columns.join(', ')}) FROM STDIN`;
      await pipeline(source.open(table), client.query(copyFrom(text)));
    }
    for (const { add } of keys) await client.query(add);
    for (const { name } of source.tables) {
      await client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
    }
    await client.query(SET_SEQUENCES);
    await client.query(SET_ORDER_OF_FILES);
    await client.query(RESET_FEED);
    await client.query('COMMIT');
    await client.query('ANALYZE');
  });
  await migrate({ databaseUrl });
}

const FOREIGN_KEYS = `SELECT
    format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
      pg_get_constraintdef(oid)) AS add
  FROM pg_constraint
  WHERE contype = 'f' AND connamespace IN (
    SELECT oid FROM pg_namespace WHERE nspname = ANY (${SCHEMAS}))`;

/** Sets each sequence behind the largest value of the column that it belongs to. */
const SET_SEQUENCES = `DO $$
DECLARE one record; largest bigint;
BEGIN
  FOR one IN
    SELECT s.oid::regclass AS sequence, t.oid::regclass AS owner, a.attname AS owned
    FROM pg_class s
    JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    JOIN pg_namespace n ON n.oid = s.relnamespace
    WHERE s.relkind = 'S' AND n.nspname = ANY (${SCHEMAS})
  LOOP
    EXECUTE format('SELECT max(%I) FROM %s', one.owned, one.owner) INTO largest;
    IF largest IS NOT NULL THEN PERFORM setval(one.sequence, largest); END IF;
  END LOOP;
END $$`;

/**
 * A trigger may have decided about files that were deleted since: the next file comes behind those too.
 * An older backup has no triggers, or a sequence that belongs to no column.
 */
const SET_ORDER_OF_FILES = `DO $$
DECLARE largest bigint;
BEGIN
  IF to_regclass('zone_files_order') IS NULL THEN RETURN; END IF;
  SELECT greatest(
    (SELECT max(position) FROM zone_files),
    (SELECT max(consumed::bigint) FROM trigger_inputs WHERE input LIKE 'zone:%')
  ) INTO largest;
  IF largest IS NOT NULL THEN PERFORM setval('zone_files_order', largest); END IF;
END $$`;

/** Transaction ids of another server do not order the status feed of this one. Clients begin again. */
const RESET_FEED = `UPDATE run_events SET commit_xid = 0 WHERE kind = 'status'`;

async function onClient<T>(
  databaseUrl: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'rat-restore',
    keepAlive: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
