import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from './home.ts';
import { LauncherError } from './launcher-error.ts';

const FILE = 'secret-key';
const KEY = /^[\x21-\x7e]{32,1000}$/;

/**
 * The key under which the installation seals secrets in its database. The first start makes it, and every
 * later one uses the same: a backup of the database is of no use to webhooks without this file. Throws
 * LauncherError for a file that holds no key.
 */
export async function keepSecretKey({ root }: Home): Promise<string> {
  const path = join(root, FILE);
  const key = (await read(path)) ?? (await make(path));
  if (KEY.test(key)) return key;
  throw new LauncherError(
    `${path} holds no key of at least 32 characters: restore it from a backup; a new one cannot open what the old one sealed`,
  );
}

async function read(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file appears whole or not at all: a start that is killed leaves no half key. */
async function make(path: string): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const hidden = `${path}-${randomUUID()}`;
  try {
    await writeFile(hidden, `${key}\n`, { mode: 0o600, flag: 'wx' });
    await link(hidden, path);
  } finally {
    await rm(hidden, { force: true });
  }
  return key;
}
