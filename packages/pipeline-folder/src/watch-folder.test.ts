import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { formatRef } from '@rat/domain';
import { watchFolder } from './watch-folder.ts';

let root: string;
let leaving: AbortController;
let changes: ReturnType<typeof watchFolder>;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-watch-'));
  leaving = new AbortController();
  changes = watchFolder(root, leaving.signal);
});
afterEach(async () => {
  await changes.return(undefined);
  await rm(root, { recursive: true, force: true });
});

/** Puts a file in its place whole, as editors do: a reader never sees a part of it. */
async function write(name: string, sql: string): Promise<void> {
  const folder = join(root, 'pipelines/default/gold', name);
  const made = await mkdtemp(join(root, 'made-'));
  await writeFile(join(made, 'pipeline.sql'), sql);
  const exists = await stat(folder).catch(() => undefined);
  await mkdir(dirname(folder), { recursive: true });
  if (exists === undefined) await rename(made, folder);
  else await rename(join(made, 'pipeline.sql'), join(folder, 'pipeline.sql'));
}

/** The addresses and SQL of the next change, or its error. */
async function next(from = changes): Promise<unknown> {
  const { value, done } = await from.next();
  if (done === true) return 'ended';
  if (value instanceof Error) return value.message;
  return value.map(({ ref, sql }) => `${formatRef(ref)}: ${sql}`);
}

test('a watch yields all pipelines, and then each one whose files have changed', async () => {
  await write('a', 'SELECT 1');
  await write('b', 'SELECT 2');
  expect(await next()).toEqual(['default.gold.a: SELECT 1', 'default.gold.b: SELECT 2']);
  await write('b', 'SELECT 3');
  expect(await next()).toEqual(['default.gold.b: SELECT 3']);
  await write('c', 'SELECT 5');
  expect(await next()).toEqual(['default.gold.c: SELECT 5']);
});

test('a change while the one before is looked at is not missed', async () => {
  await write('a', 'SELECT 1');
  await next();
  await write('a', 'SELECT 2');
  await next();
  await write('a', 'SELECT 3');
  await write('a', 'SELECT 4');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await next()).toEqual(['default.gold.a: SELECT 4']);
});

test('a folder that cannot be read yields the reason, and the watch goes on', async () => {
  await write('a', 'SELECT 1');
  await next();
  const config = join(root, 'pipelines/default/gold/a/config.yaml');
  await writeFile(config, 'strategy: [');
  expect(await next()).toContain('pipelines/default/gold/a/config.yaml');
  await rm(config);
  await write('a', 'SELECT 2');
  expect(await next()).toEqual(['default.gold.a: SELECT 2']);
});

test('a watch ends when it is aborted, and a folder without pipelines/ is refused', async () => {
  await write('a', 'SELECT 1');
  await next();
  const ended = next();
  leaving.abort();
  expect(await ended).toBe('ended');
  await expect(next(watchFolder(join(root, 'none'), leaving.signal))).rejects.toThrow('pipelines/');
});
