import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const run = promisify(execFile);

/** The user that Postgres runs as when that is not the current user. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Chooses the server’s user, because Postgres refuses to run as root. Undefined for an ordinary
 * user: the server runs as that user. For root it is the system user `postgres`, created if
 * missing, or `nobody` where none can be created. `group` replaces its own group.
 */
export async function findServerUser(group?: number): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const user = await findOrCreate();
  return group === undefined ? user : { ...user, gid: group };
}

async function findOrCreate(): Promise<ServerUser> {
  const existing = await lookUp('postgres');
  if (existing !== undefined) return existing;
  await tryToCreate();
  const user = (await lookUp('postgres')) ?? (await lookUp('nobody'));
  if (user !== undefined) return user;
  throw new EmbeddedPostgresError(
    'Postgres refuses to run as root, and this system has neither a user "postgres" nor "nobody". ' +
      'Start as an ordinary user, or set DATABASE_URL.',
  );
}

async function tryToCreate(): Promise<void> {
  const attempts = [
    [
      'useradd',
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ],
    // BusyBox systems have no useradd.
    ['adduser', '-S', '-D', '-H', '-s', '/sbin/nologin', 'postgres'],
  ] as const;
  for (const [program, ...args] of attempts) {
    try {
      await run(program, args);
      return;
    } catch {
      // The program is missing or /etc is read-only: try the next one; the last resort is `nobody`.
    }
  }
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([login]) => login === name);
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { name, uid, gid } : undefined;
}
