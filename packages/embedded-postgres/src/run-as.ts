import type { ServerUser } from './server-user.ts';

/**
 * Options to start a program as `user` with a fixed environment: PGPORT, PGDATA and similar
 * variables of the caller must not affect the server, and the current folder may be closed to its
 * user.
 */
export function runAs(user: ServerUser | undefined): {
  env: Record<string, string>;
  cwd: string;
  uid?: number;
  gid?: number;
} {
  const options = {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    cwd: process.platform === 'win32' ? process.cwd() : '/',
  };
  return user === undefined ? options : { ...options, uid: user.uid, gid: user.gid };
}
