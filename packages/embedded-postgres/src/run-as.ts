import type { ServerUser } from './server-user.ts';

/**
 * Options that start a program as `user` in an environment of our choosing: PGPORT, PGDATA and their kin of the person
 * who started us must not steer our server, and the folder we were started in may be closed to its user.
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
