import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { QUERY_ROWS_FILE } from '@rat/contracts';
import { openRows } from './open-rows.ts';

const ROWS = JSON.stringify(Array.from({ length: 100_000 }, (_, n) => [n]));

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-rows-'));
  path = join(folder, QUERY_ROWS_FILE);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('openRows', () => {
  test('reads the whole text after the folder is removed', async () => {
    await writeFile(path, ROWS);
    const rows = await openRows(folder, ROWS.length);
    await rm(folder, { recursive: true });
    expect(rows.bytes).toBe(ROWS.length);
    expect(await text(rows.read())).toBe(ROWS);
    await rows.close();
  });

  test('refuses a file that is too large', async () => {
    await writeFile(path, ROWS);
    await expect(openRows(folder, ROWS.length - 1)).rejects.toThrow('no file of rows');
  });

  test('refuses a link, which may lead to a file of another owner', async () => {
    await symlink('/etc/hostname', path);
    await expect(openRows(folder, 1_000)).rejects.toThrow('ELOOP');
  });

  test('refuses a named pipe at once', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
    await expect(openRows(folder, 1_000)).rejects.toThrow('no file of rows');
  });

  test('a text that becomes shorter while it is read is an error, and no shorter answer', async () => {
    await writeFile(path, ROWS);
    const rows = await openRows(folder, ROWS.length);
    const read = rows.read();
    await read.next();
    await truncate(path, 300_000);
    await expect(text(read)).rejects.toThrow('became fewer');
    await rows.close();
  });
});
