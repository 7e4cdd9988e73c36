import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TableFormatError } from '@rat/iceberg';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { withExport, type ExportFacts, type ExportSession } from '@rat/store';
import { LauncherError } from '../launcher-error.ts';
import { rowsFile, writeManifest } from './backup-manifest.ts';
import { copyWithTime, type Copied } from './copy-file.ts';
import { copyLanding } from './copy-landing.ts';
import { makeFolder } from './new-folder.ts';
import { readTableContents } from './table-contents.ts';

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

/**
 * Writes a consistent pair of database and files while runs go on. The snapshot of the database is
 * first: files of tables never change, so the files that it names are copied afterwards, and files
 * that are newer stay out. Maintenance may remove a named file before its copy; the pair is then
 * taken again. The folder appears complete or not at all.
 */
export async function writeBackup(options: BackupOptions): Promise<Copied> {
  return makeFolder(options.to, (partial) => takePair(options, partial));
}

async function takePair(options: BackupOptions, folder: string): Promise<Copied> {
  for (let attempt = 1; ; attempt += 1) {
    const facts = await copyDatabase(options.databaseUrl, folder);
    const files = await copyWarehouse(options, facts, folder);
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
      ...copied,
    });
    return copied;
  }
}

async function copyDatabase(databaseUrl: string, folder: string): Promise<ExportFacts> {
  await mkdir(join(folder, 'database'), { recursive: true });
  return withExport(databaseUrl, async ({ facts, copy }: ExportSession) => {
    for (const table of facts.tables) {
      const zip = createGzip();
      const file = createWriteStream(rowsFile(folder, table.name), { mode: 0o600, flush: true });
      await Promise.all([copy(table, zip), pipeline(zip, file)]);
    }
    return facts;
  });
}

/** `missing`: a file that the snapshot needs and that does not exist any more. */
async function copyWarehouse(
  { places, say }: BackupOptions,
  facts: ExportFacts,
  folder: string,
): Promise<(Copied & { readable: string[] }) | { missing: string }> {
  const tables = new LocalTableFiles(places.warehouse);
  const copied = { files: 0, bytes: 0 };
  const readable: string[] = [];
  const take = async (path: string): Promise<boolean> => {
    const bytes = await copyWithTime(join(places.warehouse, path), join(folder, 'warehouse', path));
    copied.files += bytes === undefined ? 0 : 1;
    copied.bytes += bytes ?? 0;
    return bytes !== undefined;
  };
  for (const location of facts.metadataLocations) {
    const contents = await findContents(tables, location);
    if (contents === undefined) {
      // A table that nobody can read must not prevent the backup of all others.
      say(`WARNING: a table cannot be read, only its metadata is copied: ${pathOf(location)}`);
      await take(pathOf(location));
      continue;
    }
    for (const uri of contents.named) {
      const path = pathOf(uri);
      if (!(await take(path)) && contents.needed.has(uri)) return { missing: path };
    }
    readable.push(location);
  }
  // A run that retention removed since has lost its log too.
  for (const path of facts.logPaths) await take(path);
  return { ...copied, readable };

  function pathOf(uri: string): string {
    return relative(places.warehouse, pathFromUri(uri));
  }
}

async function findContents(tables: LocalTableFiles, location: string) {
  try {
    return await readTableContents(tables, location);
  } catch (error) {
    if (error instanceof TableFormatError) return undefined;
    throw error;
  }
}
