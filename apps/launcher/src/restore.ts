import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CLOSED_UMASK, readSettings } from '@rat/runtime';
import { placesOf, withOwnDatabase } from './backup/open-places.ts';
import { restoreBackup } from './backup/restore-backup.ts';
import { placesEnv } from './env.ts';
import { LauncherError } from './launcher-error.ts';
import { runCommand } from './run-command.ts';

const HELP = `usage: npm run restore -- --from FOLDER

Fills an empty installation from a backup of npm run backup. Stop the services before, and start them after it.

  --from FOLDER   the backup

See docs/operations/backup.md.`;

/** Fills an empty installation from a backup. */
async function restore(): Promise<void> {
  const { values } = parseArgs({ options: { from: { type: 'string' } } });
  if (values.from === undefined) throw new LauncherError('usage: npm run restore -- --from FOLDER');
  const { env } = readSettings(placesEnv, process.env);
  const from = resolve(values.from);
  const say = (line: string): void => console.log(line);
  process.umask(CLOSED_UMASK);
  const { files, bytes, incomplete } = await withOwnDatabase(env, say, (databaseUrl) =>
    restoreBackup({ databaseUrl, places: placesOf(env), from }),
  );
  for (const table of incomplete) say(`WARNING: a table is damaged, as it was before: ${table}`);
  console.log(`restored the database and ${files} files of ${bytes} bytes; start the services now`);
}

await runCommand(restore, HELP);
