import { join, resolve } from 'node:path';
import { findRunningServer } from '@rat/embedded-postgres';
import { chooseExecutorUser, homeGroup } from '@rat/runtime';
import { DATABASE, openDatabase } from '../database.ts';
import type { PlacesEnv } from '../env.ts';
import { lockHome } from '../home-lock.ts';
import { openHome } from '../home.ts';
import { reapOrphans } from '../reap-orphans.ts';
import type { Places } from './write-backup.ts';

/** The folders that the services use under this environment; absolute. */
export function placesOf(env: PlacesEnv): Places {
  const home = resolve(env.RAT_HOME);
  return {
    warehouse: resolve(env.RAT_WAREHOUSE ?? join(home, 'warehouse')),
    landing: resolve(env.RAT_LANDING_DIR ?? join(home, 'landing')),
  };
}

/** Calls `use` with the database in use: that of DATABASE_URL, or the private one, running or not. */
export async function withDatabase<T>(
  env: PlacesEnv,
  say: (line: string) => void,
  use: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const running = env.DATABASE_URL ?? (await findRunningServer(resolve(env.RAT_HOME), DATABASE));
  return running === undefined ? withOwnDatabase(env, say, use) : use(running);
}

/** As `withDatabase`, and throws LauncherError while `npm start` runs on the private database. */
export async function withOwnDatabase<T>(
  env: PlacesEnv,
  say: (line: string) => void,
  use: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  if (env.DATABASE_URL !== undefined) return use(env.DATABASE_URL);
  const group = homeGroup(chooseExecutorUser(env.RAT_EXECUTOR_USER));
  const home = await openHome(env.RAT_HOME, group);
  const unlock = await lockHome(home);
  try {
    await reapOrphans(home);
    const database = await openDatabase(home, { url: undefined, group }, say);
    try {
      return await use(database.url);
    } finally {
      await database.close();
    }
  } finally {
    await unlock();
  }
}
