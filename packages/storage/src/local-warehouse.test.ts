import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InputError } from '@rat/domain';
import { LocalWarehouse } from './local-warehouse.ts';

const ref = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;
const RUN = '0190a2b4-0000-7000-8000-000000000001';
const OTHER = '0190a2b4-0000-7000-8000-000000000002';

let base: string;
let warehouse: LocalWarehouse;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rat-warehouse-'));
  warehouse = new LocalWarehouse({
    root: join(base, 'tables'),
    landingRoot: join(base, 'landing'),
  });
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function touch(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(base, path)), { recursive: true });
    await writeFile(join(base, path), '');
  }
}

describe('staging folders', () => {
  test('each attempt has its own staging folder below the table', async () => {
    expect(await warehouse.stagingDir(ref, RUN, 2)).toBe(
      join(base, 'tables/shop/silver/orders/data/run_0190a2b4000070008000000000000001_2'),
    );
  });

  test('a new staging folder is empty, even when a crashed try left files', async () => {
    const folder = await warehouse.stagingDir(ref, RUN, 1);
    await writeFile(join(folder, 'part_0.parquet'), '');
    await warehouse.stagingDir(ref, RUN, 1);
    expect(await readdir(folder)).toEqual([]);
  });

  test('discarding an attempt keeps other attempts, and discarding a run keeps other runs', async () => {
    for (const attempt of [1, 2, 11]) await warehouse.stagingDir(ref, RUN, attempt);
    await warehouse.stagingDir(ref, OTHER, 1);
    const data = dirname(await warehouse.stagingDir(ref, RUN, 1));

    await warehouse.discardStaging(ref, RUN, 1);
    expect(await readdir(data)).toHaveLength(3);
    await warehouse.discardRun(ref, RUN);
    expect(await readdir(data)).toEqual(['run_0190a2b4000070008000000000000002_1']);
  });

  test('discarding a missing attempt or run does nothing', async () => {
    await warehouse.discardStaging(ref, RUN, 1);
    await warehouse.discardRun(ref, RUN);
  });

  test('an invalid table name or run id is refused before it becomes a path', async () => {
    const bad = { ...ref, name: '../x' };
    await expect(warehouse.stagingDir(bad, RUN, 1)).rejects.toThrow(InputError);
    await expect(warehouse.stagingDir(ref, '../../etc', 1)).rejects.toThrow(InputError);
    await expect(warehouse.discardRun(ref, '')).rejects.toThrow(InputError);
  });
});

describe('a landing zone', () => {
  test('a landing zone lists the plain files of all folders, sorted, without reserved and hidden ones', async () => {
    await touch(
      'landing/shop/uploads/b.csv',
      'landing/shop/uploads/2026/a.csv',
      'landing/shop/uploads/2026/_samples/kept.csv',
      'landing/shop/uploads/_processed/old.csv',
      'landing/shop/uploads/_samples/s.csv',
      'landing/shop/uploads/.hidden',
      'landing/shop/other/c.csv',
    );
    await symlink('/etc/passwd', join(base, 'landing/shop/uploads/link.csv'));
    await symlink('/etc', join(base, 'landing/shop/uploads/linked'));
    const files = await warehouse.landing.listFiles('shop', 'uploads');
    expect(files.map((file) => file.path)).toEqual([
      '2026/_samples/kept.csv',
      '2026/a.csv',
      'b.csv',
    ]);
  });

  test('a file with the name of a reserved folder is no input', async () => {
    await touch('landing/shop/uploads/_processed', 'landing/shop/uploads/a.csv');
    const files = await warehouse.landing.listFiles('shop', 'uploads');
    expect(files.map((file) => file.path)).toEqual(['a.csv']);
    expect(await warehouse.landing.listProcessed('shop', 'uploads')).toEqual([]);
  });

  test('a missing landing zone lists no files', async () => {
    expect(await warehouse.landing.listFiles('shop', 'nothing')).toEqual([]);
  });

  test('a landing zone’s name must be a slug', async () => {
    await expect(warehouse.landing.listFiles('shop', '..')).rejects.toThrow(InputError);
  });
});
