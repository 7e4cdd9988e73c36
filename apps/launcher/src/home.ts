import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where things lie below RAT_HOME. */
export interface Home {
  root: string;
  /** One file for each process that we own, see process-record.ts. */
  run: string;
  logs: string;
}

/** Makes the folders that the launcher itself writes to. */
export async function openHome(path: string): Promise<Home> {
  const root = resolve(path);
  const home = { root, run: join(root, 'run'), logs: join(root, 'logs') };
  await mkdir(home.run, { recursive: true });
  await mkdir(home.logs, { recursive: true });
  return home;
}
