import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { onServer } from '@rat/testing';
import { patchLengths, relocateAvro } from './relocate-avro.ts';

const STORED = fileURLToPath(new URL('./stored-version/', import.meta.url));
const MIGRATIONS = fileURLToPath(new URL('../../../prisma/migrations/', import.meta.url));

interface StoredDatabase {
  /** Of the version that made the fixture. */
  commit: string;
  /** The warehouse's path at that time, which tables and catalog contain. */
  warehouse: string;
  migrations: { name: string; checksum: string }[];
  /** The rows of each table, each as JSON text; tables in an order that foreign keys allow. */
  tables: Record<string, string[]>;
  sequences: { name: string; value: string }[];
}

/** Files by path; `modified` is in seconds since 1970, `bytes` is base64. */
type StoredFiles = Record<string, { modified: number; bytes: string }>;

/** A request to the old version and its answer. */
export interface StoredAnswer {
  request: { method?: string; path: string; body?: unknown };
  answer: { status: number; type: string; text: string };
}

/** The restored folders. They have a parent that the caller removes. */
export interface RestoredFolders {
  parent: string;
  warehouse: string;
  landing: string;
  home: string;
}

export const readStoredAnswers = (): Promise<StoredAnswer[]> => readStored('answers');

/**
 * Turns an empty database into the one that the old version left: its migrations, then its rows.
 * Rows are inserted without triggers, because the rows that triggers add are among them. As after
 * every logical restore, the status feed begins again.
 */
export async function restoreDatabase(url: string, warehouse: string): Promise<void> {
  const stored = await readStored<StoredDatabase>('database');
  const scripts = await Promise.all(stored.migrations.map(readMigration));
  await onServer(url, async (client) => {
    await client.query(LEDGER);
    for (const { name, checksum, sql } of scripts) {
      await client.query(sql);
      await client.query(RECORD_MIGRATION, [name, checksum]);
    }
    await client.query('BEGIN');
    for (const [table, rows] of Object.entries(stored.tables)) {
      await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      // The migrations insert rows too.
      await client.query(`DELETE FROM ${table}`);
      const json = `[${rows.join()}]`.replaceAll(stored.warehouse, warehouse);
      await client.query(
        `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`,
        [json],
      );
    }
    for (const table of Object.keys(stored.tables)) {
      await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
    }
    for (const { name, value } of stored.sequences) {
      await client.query('SELECT setval($1, $2)', [name, value]);
    }
    await client.query(`UPDATE run_events SET commit_xid = 0 WHERE kind = 'status'`);
    await client.query('COMMIT');
    const early = await client.query('SELECT 1 FROM runs WHERE finished_at > now() LIMIT 1');
    if (early.rowCount !== 0)
      throw new Error('the clock of this machine is behind the stored runs');
  });
}

/**
 * Writes the warehouse and the landing zones into new folders. Metadata and manifests contain
 * absolute paths, also inside compressed Avro records. So the new warehouse has a path of the same
 * length as the old one, which leaves every record valid; see `relocateAvro`. Tests may restore at
 * the same time.
 */
export async function restoreFiles(): Promise<RestoredFolders> {
  const [{ warehouse: from }, files] = await Promise.all([
    readStored<StoredDatabase>('database'),
    readStored<{ warehouse: StoredFiles; landing: StoredFiles }>('files'),
  ]);
  const made = await mkdtemp(join(await realpath(tmpdir()), 'rat-stored-'));
  const parent = made.padEnd(from.length - '/warehouse'.length, '-');
  const warehouse = join(parent, 'warehouse');
  if (Buffer.byteLength(warehouse) !== Buffer.byteLength(from)) {
    throw new Error(`the path of the temporary folder is too long: ${made}`);
  }
  await rename(made, parent);
  // Executors may have users of their own.
  await chmod(parent, 0o755);
  await writeFiles(warehouse, relocate(files.warehouse, { from, to: warehouse }));
  const landing = join(parent, 'landing');
  await writeFiles(landing, files.landing);
  const home = join(parent, 'home');
  await mkdir(home);
  return { parent, warehouse, landing, home };
}

function relocate(files: StoredFiles, paths: { from: string; to: string }): StoredFiles {
  const moved = new Map<string, Buffer>();
  const lengths = new Map<string, { from: number; to: number }>();
  const avro = Object.keys(files).filter((path) => path.endsWith('.avro'));
  const isList = (path: string): boolean => path.includes('/metadata/snap-');
  for (const path of avro.filter((one) => !isList(one))) {
    const bytes = bytesOf(files, path);
    const manifest = relocateAvro(bytes, paths);
    moved.set(path, manifest);
    const uri = `file://${paths.to}/${path}`;
    lengths.set(uri, { from: bytes.length, to: manifest.length });
  }
  for (const path of avro.filter(isList)) {
    const patch = (block: Buffer): Buffer => patchLengths(block, lengths);
    moved.set(path, relocateAvro(bytesOf(files, path), paths, patch));
  }
  for (const path of Object.keys(files).filter((one) => one.endsWith('.metadata.json'))) {
    const text = bytesOf(files, path).toString();
    moved.set(path, Buffer.from(text.replaceAll(paths.from, paths.to)));
  }
  return Object.fromEntries(
    Object.entries(files).map(([path, file]) => {
      const bytes = moved.get(path);
      return [path, bytes === undefined ? file : { ...file, bytes: bytes.toString('base64') }];
    }),
  );
}

function bytesOf(files: StoredFiles, path: string): Buffer {
  return Buffer.from(files[path]?.bytes ?? '', 'base64');
}

async function writeFiles(folder: string, files: StoredFiles): Promise<void> {
  for (const [name, { modified, bytes }] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes, 'base64');
    await utimes(path, modified, modified);
  }
}

/** A migration of the old version. A merged migration never changes, which its checksum proves. */
async function readMigration({ name, checksum }: { name: string; checksum: string }) {
  const sql = await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8');
  if (createHash('sha256').update(sql).digest('hex') !== checksum) {
    throw new Error(`migration ${name} has changed since the stored version applied it`);
  }
  return { name, checksum, sql };
}

/** Prisma's own ledger of migrations. */
const LEDGER = `CREATE TABLE _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

const RECORD_MIGRATION = `INSERT INTO _prisma_migrations
    (id, migration_name, checksum, finished_at, applied_steps_count)
  VALUES (gen_random_uuid(), $1, $2, now(), 1)`;

async function readStored<T>(name: string): Promise<T> {
  const bytes = await readFile(join(STORED, `${name}.json.gz`));
  return JSON.parse((await promisify(gunzip)(bytes)).toString()) as T;
}
