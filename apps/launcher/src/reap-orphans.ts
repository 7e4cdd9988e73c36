import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '@rat/embedded-postgres';
import type { Home } from './home.ts';
import { findLiveProcess, forgetProcess } from './process-record.ts';

const GRACE_MS = 8_000;
const POLL_MS = 50;

/**
 * Ends the services that a killed launcher of this home left running; returns their names. Call it
 * while holding the home's lock: then every live recorded process is an orphan.
 */
export async function reapOrphans(home: Home): Promise<string[]> {
  const names = (await readdir(home.run))
    .filter((file) => /^(api|runner-\d+)\.json$/.test(file))
    .map((file) => file.replace(/\.json$/, ''));
  const reaped = await Promise.all(
    names.map(async (name) => {
      const file = join(home.run, `${name}.json`);
      const orphan = await findLiveProcess(file);
      if (orphan !== undefined) await end(orphan);
      await forgetProcess(file);
      return orphan === undefined ? [] : [name];
    }),
  );
  return reaped.flat();
}

async function end(orphan: ProcessIdentity): Promise<void> {
  signal(orphan.pid, 'SIGTERM');
  for (const start = performance.now(); performance.now() - start < GRACE_MS;) {
    if (!(await isAlive(orphan))) return;
    await pause(POLL_MS);
  }
  // Kills the group: a killed service cannot end its own children.
  signal(-orphan.pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process ended between the check and the signal.
  }
}
