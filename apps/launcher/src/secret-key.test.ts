import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Home } from './home.ts';
import { LauncherError } from './launcher-error.ts';
import { keepSecretKey } from './secret-key.ts';

let home: Home;
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'rat-home-'));
  home = { root, run: join(root, 'run'), logs: join(root, 'logs') };
});
afterEach(() => rm(home.root, { recursive: true, force: true }));

test('the first start makes a key that only its user can read, and later ones keep it', async () => {
  const key = await keepSecretKey(home);
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(await keepSecretKey(home)).toBe(key);
  const path = join(home.root, 'secret-key');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toBe(`${key}\n`);
  expect(await readdir(home.root)).toEqual(['secret-key']);
});

test('a file without a key is refused, and is not replaced', async () => {
  const path = join(home.root, 'secret-key');
  await writeFile(path, 'short\n');
  await expect(keepSecretKey(home)).rejects.toThrow(LauncherError);
  expect(await readFile(path, 'utf8')).toBe('short\n');
});
