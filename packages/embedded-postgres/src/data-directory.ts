import { execFile } from 'node:child_process';
import { chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './binaries.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { runAs } from './run-as.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** Whether `dataDir` holds a database. */
export async function isInitialised(dataDir: string): Promise<boolean> {
  try {
    await stat(join(dataDir, 'PG_VERSION'));
    return true;
  } catch {
    return false;
  }
}

/**
 * Creates an empty cluster in `dataDir`. It is built next to it and renamed into place, so a
 * process that is killed half-way leaves no partial database. Encoding and collation are built into
 * Postgres and equal on every system.
 */
export async function initialise(
  dataDir: string,
  options: {
    binaries: PostgresBinaries;
    user: ServerUser | undefined;
    password: string;
    durability: 'durable' | 'volatile';
  },
): Promise<void> {
  const staging = `${dataDir}.new`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { mode: 0o700 });
  try {
    const passwordFile = join(staging, 'password');
    const cluster = join(staging, 'cluster');
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    await mkdir(cluster, { mode: 0o700 });
    if (options.user !== undefined) {
      const { uid, gid } = options.user;
      for (const path of [staging, passwordFile, cluster]) await chown(path, uid, gid);
    }
    const flags = [
      `--pgdata=${cluster}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ];
    if (options.durability === 'volatile') flags.push('--no-sync');
    await run(options.binaries.initdb, flags, runAs(options.user));
    await rename(cluster, dataDir);
  } catch (error) {
    throw new EmbeddedPostgresError(`Postgres could not create its data in ${dataDir}`, {
      cause: error,
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
