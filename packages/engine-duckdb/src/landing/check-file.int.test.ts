import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Column } from '@rat/domain';
import { checkFile } from './check-file.ts';
import type { DeliveredFile, FileFormat } from './delivered-file.ts';
import { inspectFile } from './inspect-file.ts';

let root: string;
let folder: string;
let limits: { tempDir: string; memoryLimitMb: number; tempLimitMb: number; threads: number };
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-delivered-'));
  folder = join(root, 'in');
  const tempDir = join(root, 'temp');
  await mkdir(folder);
  await mkdir(tempDir);
  limits = { tempDir, memoryLimitMb: 128, tempLimitMb: 64, threads: 2 };
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function deliver(
  name: string,
  content: string | Uint8Array,
  format: FileFormat = 'csv',
): Promise<DeliveredFile> {
  await writeFile(join(folder, name), content);
  return { folder, name, format, bytes: content.length };
}

async function parquet(name: string, select: string): Promise<DeliveredFile> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${select}) TO '${join(folder, name)}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return { folder, name, format: 'parquet', bytes: 0 };
}

const EXPECTED: Column[] = [
  { name: 'id', type: 'BIGINT' },
  { name: 'day', type: 'DATE' },
  { name: 'name', type: 'VARCHAR' },
];

test.each([
  ['a.csv', 'id,day,name\n1,2024-01-01,a\n2,,\n'],
  ['other order and case.csv', 'Name,ID,Day\na,1,2024-01-01\n'],
  ['only the header.csv', 'id,day,name\n'],
  ['semicolons.csv', 'id;day;name\n1;2024-01-01;"a;b"\n'],
  ["it's.csv", 'id,day,name\n1,2024-01-01,a\n'],
])('a CSV that has the expected columns fits: %s', async (name, content) => {
  const file = await deliver(name, content);
  expect(await checkFile(file, EXPECTED, limits)).toEqual([]);
});

test('a compressed CSV that has the expected columns fits', async () => {
  const file = await deliver('a.csv.gz', gzipSync('id,day,name\n1,2024-01-01,a\n'));
  expect(await checkFile(file, EXPECTED, limits)).toEqual([]);
});

test('missing and unexpected columns are named, and so is the first wrong value of each column', async () => {
  const lines = ['id,day,nom', '1,2024-01-01,a', 'x,2024-01-02,b', 'y,soon,c'];
  const file = await deliver('a.csv', `${lines.join('\n')}\n`);
  expect(await checkFile(file, EXPECTED, limits)).toEqual([
    { column: 'name', message: 'the column is missing; it must be VARCHAR' },
    { column: 'nom', message: 'the column is not expected; the zone has id, day, name' },
    { column: 'id', message: 'line 3 holds "x", which is no BIGINT', line: 3 },
    { column: 'day', message: 'line 4 holds "soon", which is no DATE', line: 4 },
  ]);
});

test('a wrong value in the last line of a long CSV is found', async () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => `${n},2024-01-01,a`);
  const file = await deliver('a.csv', `id,day,name\n${rows.join('\n')}\n1.5x,2024-01-01,a\n`);
  expect(await checkFile(file, EXPECTED, limits)).toEqual([
    { column: 'id', message: 'line 100002 holds "1.5x", which is no BIGINT', line: 100_002 },
  ]);
});

test('a line with too many values does not fit, and is named', async () => {
  const rows = Array.from({ length: 30_000 }, (_, n) => `${n},2024-01-01,a`);
  const file = await deliver('a.csv', `id,day,name\n${rows.join('\n')}\n7,2024-01-01,a,b,c\n`);
  const [problem, ...more] = await checkFile(file, EXPECTED, limits);
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ line: 30_002 });
});

test('an empty file lacks every column', async () => {
  const problems = await checkFile(await deliver('a.csv', ''), EXPECTED, limits);
  expect(problems.map(({ column }) => column)).toEqual(
    expect.arrayContaining(['id', 'day', 'name']),
  );
});

test('JSON fits by its fields, and a wrong record is named', async () => {
  const good = await deliver('a.ndjson', '{"id": 1, "day": "2024-01-01", "name": "a"}\n', 'json');
  expect(await checkFile(good, EXPECTED, limits)).toEqual([]);
  const records = ['{"id": 1, "day": "2024-01-01", "name": "a"}', '{"id": "x", "more": 1}'];
  const bad = await deliver('b.ndjson', `${records.join('\n')}\n`, 'json');
  expect(await checkFile(bad, EXPECTED, limits)).toEqual([
    { column: 'more', message: 'the column is not expected; the zone has id, day, name' },
    { column: 'id', message: 'line 2 holds "x", which is no BIGINT', line: 2 },
  ]);
});

test('Parquet fits by its stored types, of which narrower ones fit too', async () => {
  const good = await parquet(
    'a.parquet',
    `SELECT 1::INT AS id, DATE '2024-01-01' AS day, 'a' AS name`,
  );
  expect(await checkFile(good, EXPECTED, limits)).toEqual([]);
  const bad = await parquet('b.parquet', `SELECT '1' AS id, DATE '2024-01-01' AS day, 'a' AS name`);
  expect(await checkFile(bad, EXPECTED, limits)).toEqual([
    { column: 'id', message: 'the column is VARCHAR and must be BIGINT' },
  ]);
});

test('a file that is no Parquet has one problem, without a path of this machine', async () => {
  const file = await deliver('a.parquet', 'x'.repeat(5_000), 'parquet');
  const problems = await checkFile(file, EXPECTED, limits);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toContain('a.parquet');
  expect(JSON.stringify(problems)).not.toContain(root);
});

const rows = { maxRows: 20, maxBytes: 1_000_000 };

test('the facts of a file hold its inferred columns, its first rows and their number', async () => {
  const lines = Array.from({ length: 30 }, (_, n) => `${n},2024-01-01,"a ${n}"`);
  const file = await deliver('a.csv', `id,day,name\n${lines.join('\n')}\n`);
  const found = await inspectFile(file, { ...limits, ...rows });
  expect(found).toMatchObject({ columns: EXPECTED, rowCount: 30, problem: undefined });
  expect(found.rows).toHaveLength(20);
  expect(found.rows?.[1]).toEqual(['1', '2024-01-01', 'a 1']);
});

test('the facts of a file that cannot be read hold the reason in place of rows', async () => {
  const lines = Array.from({ length: 30_000 }, (_, n) => `${n},a`);
  const file = await deliver('a.csv', `id,name\n${lines.join('\n')}\n1,2,3,4\n`);
  const found = await inspectFile(file, { ...limits, ...rows });
  expect(found).toMatchObject({ rows: undefined, problem: { line: 30_002 } });
});

test('the facts of a file with a first row too large to show say so, and not that it has no rows', async () => {
  const file = await deliver('a.csv', `n\n${'x'.repeat(5_000)}\n`);
  const found = await inspectFile(file, { ...limits, maxRows: 20, maxBytes: 2_048 });
  expect(found).toMatchObject({ rows: undefined, rowCount: 1 });
  expect(found.problem?.message).toBe('the first row takes more than the 2 kB that can be shown');
});

test('looking at a file reads no other file', async () => {
  await writeFile(join(root, 'secret.csv'), 'secret\n1\n');
  const file = { folder, name: '../secret.csv', format: 'csv' as const, bytes: 1 };
  const found = await inspectFile(file, { ...limits, ...rows });
  expect(found).toMatchObject({ columns: undefined, rows: undefined });
  expect(found.problem?.message).toMatch(/Permission|access/i);
});
