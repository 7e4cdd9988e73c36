import { join, resolve } from 'node:path';
import { closeFolder } from '@rat/runtime';

/** The folders below RAT_HOME. */
export interface Home {
  root: string;
  /** One file for each process that the launcher started, see process-record.ts. */
  run: string;
  logs: string;
}

/** Creates the launcher's folders, closed to other users. Members of `group` may enter the root. */
export async function openHome(path: string, group: number | undefined): Promise<Home> {
  const root = resolve(path);
  const home = { root, run: join(root, 'run'), logs: join(root, 'logs') };
  await closeFolder(root, group);
  await closeFolder(home.run);
  await closeFolder(home.logs);
  return home;
}
