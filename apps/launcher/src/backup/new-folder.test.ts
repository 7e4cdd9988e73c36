import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeFolder } from './new-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-folder-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('of two backups into one folder one is whole and the other fails without a trace', async () => {
  const to = join(root, 'copy');
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = makeFolder(to, async (partial) => {
    await writeFile(join(partial, 'one'), 'slow');
    await released;
    await writeFile(join(partial, 'two'), 'slow');
  });
  await makeFolder(to, (partial) => writeFile(join(partial, 'one'), 'fast'));
  release();
  await expect(slow).rejects.toThrow(`${to} is not empty`);
  expect(await readdir(root)).toEqual(['copy']);
  expect(await readdir(to)).toEqual(['one']);
  expect(await readFile(join(to, 'one'), 'utf8')).toBe('fast');
});

test('an empty folder is filled, and a failure leaves it empty', async () => {
  const to = join(root, 'copy');
  await mkdir(to);
  const lost = makeFolder(to, async (partial) => {
    await writeFile(join(partial, 'one'), 'half');
    throw new Error('the disk is full');
  });
  await expect(lost).rejects.toThrow('the disk is full');
  expect([await readdir(root), await readdir(to)]).toEqual([['copy'], []]);
  await makeFolder(to, (partial) => writeFile(join(partial, 'one'), 'whole'));
  expect(await readdir(to)).toEqual(['one']);
});
