import { mkdirSync } from 'node:fs';

/**
 * Makes folders of a run with their parents. At once, because a process whose runner is gone removes
 * them and ends: a folder that another thread makes at that time would stay for ever.
 */
export function makeFolders(...folders: readonly string[]): void {
  for (const folder of folders) mkdirSync(folder, { recursive: true });
}
