import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseExecutorUser, CLOSED_UMASK, homeGroup, readSettings } from '@rat/runtime';
import { emptyDatabase } from './database.ts';
import { launcherEnv } from './env.ts';
import { openHome } from './home.ts';
import { lockHome } from './home-lock.ts';
import { LauncherError } from './launcher-error.ts';
import { reapOrphans } from './reap-orphans.ts';
import { runCommand } from './run-command.ts';

const HELP = `usage: npm run db:reset -- [--force]

Drops the private database below RAT_HOME and makes an empty one. Refuses while RAT Runs is running there.

  --force   also while DATABASE_URL names another database, which is never touched`;

/**
 * Drops the private database below RAT_HOME and makes an empty one, which the next start migrates. Files stay: no table
 * uses those in `warehouse` any more. Refuses while RAT Runs is running there.
 */
async function resetDatabase(): Promise<void> {
  const { values } = parseArgs({ options: { force: { type: 'boolean', default: false } } });
  const { env } = readSettings(launcherEnv, process.env);
  const isElsewhere = env.DATABASE_URL !== undefined || env.DATABASE_URL_FILE !== undefined;
  if (isElsewhere && !values.force) {
    throw new LauncherError(
      'DATABASE_URL is set: the database in use is not the private one below RAT_HOME, and this command never touches it; ' +
        'to reset the private one all the same, add --force',
    );
  }
  const root = resolve(env.RAT_HOME);
  if (!existsSync(join(root, 'postgres.password'))) {
    console.log(`${root} has no database yet; npm start makes one`);
    return;
  }
  process.umask(CLOSED_UMASK);
  const group = homeGroup(chooseExecutorUser(env.RAT_EXECUTOR_USER));
  const home = await openHome(root, group);
  const unlock = await lockHome(home);
  try {
    await reapOrphans(home);
    await emptyDatabase(home, group);
  } finally {
    await unlock();
  }
  console.log(`the database of ${root} is empty; the next start migrates it`);
  console.log(
    `files stay: ${join(root, 'warehouse')} holds the data of tables that are gone, delete it if you like`,
  );
}

await runCommand(resetDatabase, HELP);
