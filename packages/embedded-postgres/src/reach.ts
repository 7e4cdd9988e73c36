import { realpathSync } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ServerUser } from './server-user.ts';

/** Where root keeps what the server's user must reach and cannot reach in its wanted place. */
export const REACHABLE_ROOT = '/var/lib/rat-runs';

/** Makes a folder directly below REACHABLE_ROOT that any user can walk to, whatever our umask is. */
export async function makeReachable(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const path of [REACHABLE_ROOT, directory]) await chmod(path, 0o755);
}

/** Whether `user` may walk to `directory` (which exists), judging by the mode bits of every folder on the way. */
export async function canReach(user: ServerUser, directory: string): Promise<boolean> {
  for (let path = realpathSync(directory); ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    const executeBit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & executeBit) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** A folder for copied binaries of one version that any user can walk to. */
export function reachableBinaries(version: string): string {
  return join(REACHABLE_ROOT, `postgres-${version}`);
}
