import { link, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess } from '@rat/embedded-postgres';
import type { Home } from './home.ts';
import { LauncherError } from './launcher-error.ts';
import { findLiveProcess } from './process-record.ts';

/** The number of tries when other launchers take the lock between the check and the link. */
const ATTEMPTS = 5;

/**
 * Makes this process the only launcher of `home`; returns the function that releases the lock. The
 * lock is a file with the holder's identity, so that the file of a killed holder is recognised.
 * Throws LauncherError when the holder is alive.
 */
export async function lockHome(home: Home): Promise<() => Promise<void>> {
  const file = join(home.run, 'launcher.json');
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, JSON.stringify((await identifyProcess(process.pid)) ?? null));
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (await linkIfAbsent(mine, file)) return () => rm(file, { force: true });
      const holder = await findLiveProcess(file);
      if (holder !== undefined) {
        throw new LauncherError(
          `RAT Runs is already running in ${home.root} (process ${holder.pid}); ` +
            'stop it first, or set RAT_HOME to another folder and PORT to another port',
        );
      }
      // Unlike a removal, a rename succeeds for exactly one of several processes.
      const stale = `${file}.stale.${process.pid}`;
      await rename(file, stale).catch(() => undefined);
      await rm(stale, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
  throw new LauncherError(`${file} could not be taken; is another launcher starting?`);
}

/** Creates the lock by a hard link, which appears complete or not at all. */
async function linkIfAbsent(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
