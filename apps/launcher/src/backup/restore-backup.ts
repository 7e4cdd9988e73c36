import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { assertImportable, importDatabase } from '@rat/store';
import { LauncherError } from '../launcher-error.ts';
import { readManifest, rowsFile, type BackupManifest } from './backup-manifest.ts';
import { copyTree } from './copy-file.ts';
import { readTableContents } from './table-contents.ts';
import type { Backup, Places } from './write-backup.ts';

export interface RestoreOptions {
  /** An empty database, which the role owns. No service may use it yet. */
  databaseUrl: string;
  /** Folders that do not exist, or are empty. */
  places: Places;
  from: string;
}

/**
 * Fills an empty installation from a backup. It changes nothing before all checks have passed. When
 * it fails later, the database and both folders must be emptied before another try. Runs that were
 * running at the time of the backup lose their lease and are tried again, as after a crash.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Backup> {
  const { databaseUrl, places, from } = options;
  const manifest = await readManifest(from);
  if (manifest.warehouse !== places.warehouse) {
    throw new LauncherError(
      `the tables of the backup name their files below ${manifest.warehouse}, and this installation has its tables in ${places.warehouse}; ` +
        `set RAT_WAREHOUSE=${manifest.warehouse}, here and for every runner`,
    );
  }
  await refuseUsedFolder(places.warehouse, 'RAT_WAREHOUSE');
  await refuseUsedFolder(places.landing, 'RAT_LANDING_DIR');
  await assertImportable(databaseUrl, manifest.migrations);
  const tables = await copyTree(join(from, 'warehouse'), places.warehouse);
  const landing = await copyTree(join(from, 'landing'), places.landing);
  await importDatabase(databaseUrl, {
    migrations: manifest.migrations,
    tables: manifest.tables,
    open: ({ name }) => {
      const zip = createGunzip();
      // An error of the file reaches the reader of `zip`.
      pipeline(createReadStream(rowsFile(from, name)), zip, () => undefined);
      return zip;
    },
  });
  await checkTables(places.warehouse, manifest);
  return {
    files: tables.files + landing.files,
    bytes: tables.bytes + landing.bytes,
    incomplete: manifest.incomplete_tables,
  };
}

async function refuseUsedFolder(folder: string, variable: string): Promise<void> {
  const entries = await readdir(folder).catch(() => []);
  if (entries.length > 0) {
    throw new LauncherError(`${folder} (${variable}) is not empty; a restore needs an empty one`);
  }
}

/** Throws LauncherError when a file is missing that a version of a table needs. */
async function checkTables(warehouse: string, manifest: BackupManifest): Promise<void> {
  const tables = new LocalTableFiles(warehouse);
  for (const location of manifest.metadata_locations) {
    const { needed } = await readTableContents(tables, location);
    for (const uri of needed) {
      const found = await stat(pathFromUri(uri)).catch(() => undefined);
      if (found === undefined) {
        throw new LauncherError(`the backup is damaged: it lacks ${pathFromUri(uri)}`);
      }
    }
  }
}
