import { realpathSync } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ServerUser } from './server-user.ts';

/** Where root stores what the server’s user cannot reach in its intended place. */
export const REACHABLE_ROOT = '/var/lib/rat-runs';

/**
 * Creates a folder directly below REACHABLE_ROOT that any user can traverse, independent of the
 * umask.
 */
export async function makeReachable(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const path of [REACHABLE_ROOT, directory]) await chmod(path, 0o755);
}

/**
 * Whether `user` may traverse every folder up to `directory` (which exists), according to their
 * mode bits.
 */
export async function canReach(user: ServerUser, directory: string): Promise<boolean> {
  for (let path = realpathSync(directory); ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    const executeBit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & executeBit) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** The folder for the copied binaries of one version, which any user can traverse. */
export function reachableBinaries(version: string): string {
  return join(REACHABLE_ROOT, `postgres-${version}`);
}
