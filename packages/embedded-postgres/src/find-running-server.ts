import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findData } from './data-location.ts';
import { readPidFile } from './orphan.ts';

/**
 * The connection string of `database` on the server that another process runs for `home`; undefined
 * when none accepts connections. It starts nothing, and needs no lock.
 */
export async function findRunningServer(
  home: string,
  database: string,
): Promise<string | undefined> {
  const running = await readPidFile(await findData(home));
  if (running?.ready !== true) return undefined;
  const password = (await readFile(join(home, 'postgres.password'), 'utf8')).trim();
  return `postgresql://postgres:${password}@127.0.0.1:${running.port}/${database}`;
}
