import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readSettings } from '@rat/runtime';
import { placesOf, withDatabase } from './backup/open-places.ts';
import { writeBackup } from './backup/write-backup.ts';
import { placesEnv } from './env.ts';
import { LauncherError } from './launcher-error.ts';
import { runCommand } from './run-command.ts';

const HELP = `usage: npm run backup -- --to FOLDER

Writes a backup of the database, the tables, the logs and the landing zones into a new folder, while runs go on.

  --to FOLDER   where the backup is written; the folder must not exist yet, or be empty

npm run restore -- --from FOLDER fills an empty installation from it. Exits 1 when there is no backup, or when a damaged
table is not in it. See docs/operations/backup.md.`;

/** Writes a backup of database, tables, logs and landing zones into a new folder, while runs go on. */
async function backup(): Promise<void> {
  const { values } = parseArgs({ options: { to: { type: 'string' } } });
  if (values.to === undefined) throw new LauncherError('usage: npm run backup -- --to FOLDER');
  const { env } = readSettings(placesEnv, process.env);
  const to = resolve(values.to);
  const say = (line: string): void => console.log(line);
  process.umask(0o077);
  const { files, bytes, incomplete } = await withDatabase(env, say, (databaseUrl) =>
    writeBackup({ databaseUrl, places: placesOf(env), to, say }),
  );
  console.log(`${to} holds the database and ${files} files of ${bytes} bytes`);
  if (incomplete.length > 0) {
    throw new LauncherError(
      `the backup is kept without ${incomplete.length} damaged tables, which its backup.json names as incomplete_tables`,
    );
  }
}

await runCommand(backup, HELP);
