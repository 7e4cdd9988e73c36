import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LimitError, TimedOutError, UnprocessableError } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import { FileInspector, type InspectorFile } from './file-inspector.ts';

let root: string;
let inspector: FileInspector;
const childEntry = new URL('../../dist/landing/landing-child-main.js', import.meta.url);
const log = createLogger('test', { level: 'silent' });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-inspector-'));
  await mkdir(join(root, 'in'));
  await mkdir(join(root, 'temp'));
});
afterEach(async () => {
  inspector.close();
  await rm(root, { recursive: true, force: true });
});

function open(limits: { timeoutMs?: number; memoryLimitMb?: number } = {}): void {
  const { timeoutMs = 30_000, memoryLimitMb = 128 } = limits;
  const tempDir = join(root, 'temp');
  const shared = { tempDir, tempLimitMb: 16, threads: 1, log, childEntry };
  inspector = new FileInspector({ timeoutMs, memoryLimitMb, ...shared });
}

async function deliver(name: string, content: string): Promise<InspectorFile> {
  await writeFile(join(root, 'in', name), content);
  const format = name.endsWith('.json') ? 'json' : 'csv';
  return { folder: join(root, 'in'), name, format, bytes: content.length };
}

const never = (): AbortSignal => new AbortController().signal;

test('a file is read in a process of its own, which leaves nothing', async () => {
  open();
  const file = await deliver('a.csv', 'n\n1\n');
  expect(await inspector.inspect(file, never())).toMatchObject({ rows: [['1']], rowCount: 1 });
  expect(await inspector.check(file, [{ name: 'n', type: 'DATE' }], never())).toEqual([
    { column: 'n', message: 'line 2 holds "1", which is no DATE', line: 2 },
  ]);
  expect(await readdir(join(root, 'temp'))).toEqual([]);
});

test('a small file is read with the least memory that a query may have', async () => {
  open({ memoryLimitMb: 64 });
  for (const [name, content] of [
    ['a.csv', 'n\n1\n'],
    ['a.json', '{"n": 1}\n'],
  ] as const) {
    const file = await deliver(name, content);
    expect(await inspector.inspect(file, never())).toMatchObject({ rows: [['1']], rowCount: 1 });
    expect(await inspector.check(file, [{ name: 'n', type: 'BIGINT' }], never())).toEqual([]);
  }
});

test('a file that takes too long is given up, and its process ends', async () => {
  open({ timeoutMs: 1 });
  const file = await deliver('a.csv', 'n\n1\n');
  await expect(inspector.inspect(file, never())).rejects.toThrow(TimedOutError);
  expect(await readdir(join(root, 'temp'))).toEqual([]);
});

test('a file whose reader needs too much memory is refused as such', async () => {
  open({ memoryLimitMb: 16 });
  // One value that DuckDB must hold whole, several times.
  const file = await deliver('a.json', `{"n": "${'x'.repeat(15_000_000)}"}\n`.repeat(8));
  const looked = inspector.check(file, [{ name: 'n', type: 'VARCHAR' }], never());
  await expect(looked).rejects.toThrow(UnprocessableError);
});

test('a client that leaves stops the look into its file', async () => {
  open();
  const file = await deliver('a.csv', 'n\n1\n');
  const leaving = new AbortController();
  const looked = inspector.inspect(file, leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(looked).rejects.toThrow('gone');
});

test('files beyond a bound of waiting ones are refused at once', async () => {
  open();
  const file = await deliver('a.csv', 'n\n1\n');
  const leaving = new AbortController();
  const looks = Array.from({ length: 20 }, () => inspector.inspect(file, leaving.signal));
  const ended = Promise.allSettled(looks);
  await expect(inspector.inspect(file, never())).rejects.toThrow(LimitError);
  leaving.abort();
  await ended;
});
