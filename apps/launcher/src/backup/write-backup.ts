import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { isMetadataNamed, withExport, type ExportFacts, type ExportSession } from '@rat/store';
import { LauncherError } from '../launcher-error.ts';
import { rowsFile, writeManifest } from './backup-manifest.ts';
import type { Copied } from './copy-file.ts';
import { copyLanding } from './copy-landing.ts';
import { copyMetadata, copyWarehouse } from './copy-warehouse.ts';
import { makeFolder } from './new-folder.ts';

/** How often a pair is taken before maintenance that removes files in between counts as an error. */
const ATTEMPTS = 3;

/** Where an installation keeps what; absolute. */
export interface Places {
  warehouse: string;
  landing: string;
}

export interface BackupOptions {
  databaseUrl: string;
  places: Places;
  /** A folder that does not exist, or is empty. */
  to: string;
  say: (line: string) => void;
}

/** What a backup took. `incomplete`: the metadata of damaged tables, which it cannot hold whole. */
export interface Backup extends Copied {
  incomplete: string[];
}

/**
 * Writes a consistent pair of database and files while runs go on. The snapshot of the database is
 * first: files of tables never change, so the files that it names are copied afterwards, and files
 * that are newer stay out. Maintenance may remove a named file before its copy; the pair is then
 * taken again. The folder appears complete or not at all.
 */
export async function writeBackup(options: BackupOptions): Promise<Backup> {
  return makeFolder(options.to, (partial) => takePair(options, partial));
}

async function takePair(options: BackupOptions, folder: string): Promise<Backup> {
  for (let attempt = 1; ; attempt += 1) {
    const facts = await copyDatabase(options, folder);
    const files = await copyWarehouse({
      warehouse: options.places.warehouse,
      target: join(folder, 'warehouse'),
      metadataLocations: facts.metadataLocations,
      logPaths: facts.logPaths,
      isNamed: (location) => isMetadataNamed(options.databaseUrl, location),
      say: options.say,
    });
    if ('missing' in files) {
      if (attempt === ATTEMPTS) {
        throw new LauncherError(
          `files of the warehouse are missing, at last ${files.missing}; when RAT_KEEP_DAYS is shorter than a backup takes, make it longer`,
        );
      }
      options.say(`${files.missing} was removed during the copy, beginning again`);
      continue;
    }
    const landing = await copyLanding(options.places.landing, join(folder, 'landing'), {
      takenAtMs: facts.takenAtMs,
      unfinishedRuns: new Set(facts.unfinishedRuns),
      publishedReads: new Set(facts.publishedReads),
    });
    const copied = {
      files: files.files + landing.files,
      bytes: files.bytes + landing.bytes,
    };
    await writeManifest(folder, {
      taken_at: new Date(facts.takenAtMs).toISOString(),
      warehouse: options.places.warehouse,
      migrations: facts.migrations,
      tables: facts.tables,
      metadata_locations: files.readable,
      incomplete_tables: files.incomplete,
      ...copied,
    });
    return { ...copied, incomplete: files.incomplete };
  }
}

async function copyDatabase(
  { databaseUrl, places }: BackupOptions,
  folder: string,
): Promise<ExportFacts> {
  await mkdir(join(folder, 'database'), { recursive: true });
  return withExport(databaseUrl, async ({ facts, copy }: ExportSession) => {
    await copyMetadata(places.warehouse, join(folder, 'warehouse'), facts.metadataLocations);
    for (const table of facts.tables) {
      const zip = createGzip();
      const file = createWriteStream(rowsFile(folder, table.name), { mode: 0o600, flush: true });
      await Promise.all([copy(table, zip), pipeline(zip, file)]);
    }
    return facts;
  });
}
