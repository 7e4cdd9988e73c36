import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gate } from '@rat/testing';
import { LocalObjectStore } from './local-object-store.ts';
import { LogArchive } from './log-archive.ts';

const RUN = '0190a2b4-0000-7000-8000-000000000001';
const DAY = new Date('2026-11-29T12:00:00Z');

let root: string;
let logs: LogArchive;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-logs-'));
  logs = new LogArchive(new LocalObjectStore({ root, removesEmptyFolders: true }));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function readAll(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of logs.read(path)) lines.push(...batch);
  return lines;
}

test('archived lines are read back, and a second write replaces them', async () => {
  const path = await logs.write(RUN, DAY, ['one\n', 'two\n']);
  expect(path).toBe(`_logs/2026-11-29/${RUN}.ndjson.gz`);
  expect(await readAll(path)).toEqual(['one', 'two']);
  expect(await logs.write(RUN, DAY, ['three\n'])).toBe(path);
  expect(await readAll(path)).toEqual(['three']);
  expect((await logs.listFiles('2026-11-29')).map(({ runId }) => runId)).toEqual([RUN]);
});

test('lines that break off leave no file and no day', async () => {
  const broken = async function* (): AsyncGenerator<string> {
    yield 'one\n';
    throw new Error('the database went away');
  };
  await expect(logs.write(RUN, DAY, broken())).rejects.toThrow('the database went away');
  expect(await logs.listFiles('2026-11-29')).toEqual([]);
});

test('lines are released when the store refuses them', async () => {
  const refusing = new LocalObjectStore({ root });
  refusing.create = async () => Promise.reject(new Error('no space'));
  const released = new Gate();
  const lines = async function* (): AsyncGenerator<string> {
    try {
      for (;;) yield 'x\n'.repeat(100_000);
    } finally {
      released.open();
    }
  };
  const writing = new LogArchive(refusing).write(RUN, DAY, lines());
  await expect(writing).rejects.toThrow('no space');
  await released.opened;
});

test('a reader that stops early closes the file', async () => {
  const lines = Array.from({ length: 50_000 }, (_, n) => `${n} ${Math.random()}\n`);
  const path = await logs.write(RUN, DAY, lines);
  const reading = logs.read(path);
  await reading.next();
  await reading.return();
  const names = await readdir('/proc/self/fd').catch(() => []);
  const open = await Promise.all(
    names.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  expect(open.filter((file) => file.includes(RUN))).toEqual([]);
});

test('a day ends with its last file', async () => {
  await logs.write(RUN, DAY, ['one\n']);
  expect(await logs.listDays()).toEqual(['2026-11-29']);
  for (const file of await logs.listFiles('2026-11-29')) await logs.removeListed(file);
  expect(await logs.listDays()).toEqual([]);
});

test('only paths of the archive are read or deleted', async () => {
  await expect(readAll('shop/silver/orders/data/x')).rejects.toThrow('not that of an archived log');
  await expect(logs.remove('_logs/../x')).rejects.toThrow('not that of an archived log');
  await expect(readAll(`_logs/2026-11-29/${RUN}.ndjson.gz`)).rejects.toThrow('no longer exists');
});
