import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const run = promisify(execFile);

/** The user that Postgres runs as, when it may not be us. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root. Answers undefined for an ordinary user (it runs as ourselves), and for root the
 * system user `postgres`, made if missing; where no user can be made, `nobody`. `group` takes the place of its own group.
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
      // Not there, or /etc is read-only: the next way, and in the end `nobody`.
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
