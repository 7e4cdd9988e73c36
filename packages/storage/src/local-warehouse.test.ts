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

describe('staging', () => {
  test('every attempt has a folder of its own under the table', async () => {
    expect(await warehouse.stagingDir(ref, RUN, 2)).toBe(
      join(base, 'tables/shop/silver/orders/data/run_0190a2b4000070008000000000000001_2'),
    );
  });

  test('the folder is there and empty, also over what a crash left', async () => {
    const folder = await warehouse.stagingDir(ref, RUN, 1);
    await writeFile(join(folder, 'part_0.parquet'), '');
    await warehouse.stagingDir(ref, RUN, 1);
    expect(await readdir(folder)).toEqual([]);
  });

  test('discarding an attempt leaves the others, discarding a run leaves other runs', async () => {
    for (const attempt of [1, 2, 11]) await warehouse.stagingDir(ref, RUN, attempt);
    await warehouse.stagingDir(ref, OTHER, 1);
    const data = dirname(await warehouse.stagingDir(ref, RUN, 1));

    await warehouse.discardStaging(ref, RUN, 1);
    expect(await readdir(data)).toHaveLength(3);
    await warehouse.discardRun(ref, RUN);
    expect(await readdir(data)).toEqual(['run_0190a2b4000070008000000000000002_1']);
  });

  test('discarding what is not there does nothing', async () => {
    await warehouse.discardStaging(ref, RUN, 1);
    await warehouse.discardRun(ref, RUN);
  });

  test('a name or an id that is no name is refused before it becomes a path', async () => {
    const bad = { ...ref, name: '../x' };
    await expect(warehouse.stagingDir(bad, RUN, 1)).rejects.toThrow(InputError);
    await expect(warehouse.stagingDir(ref, '../../etc', 1)).rejects.toThrow(InputError);
    await expect(warehouse.discardRun(ref, '')).rejects.toThrow(InputError);
  });
});

describe('paths', () => {
  test('a stored path is relative and comes back the same', async () => {
    const path = join(await warehouse.stagingDir(ref, RUN, 1), 'part_0.parquet');
    const stored = warehouse.relativePath(path);
    expect(warehouse.publishedPath(ref, RUN, 1, 'part_0.parquet')).toBe(stored);
    expect(stored).toMatch(/^shop\/silver\/orders\/data\/run_\w+_1\/part_0\.parquet$/);
    expect(warehouse.absolutePath(stored)).toBe(path);
  });

  test.each(['../landing/x', '/etc/passwd', '', 'a/../../x'])('%j leads nowhere', (stored) => {
    expect(() => warehouse.absolutePath(stored)).toThrow(InputError);
  });
});

describe('a landing zone', () => {
  test('lists plain files from all folders, sorted, without reserved and hidden ones', async () => {
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

  test('that does not exist is empty', async () => {
    expect(await warehouse.landing.listFiles('shop', 'nothing')).toEqual([]);
  });

  test('has a slug for a name', async () => {
    await expect(warehouse.landing.listFiles('shop', '..')).rejects.toThrow(InputError);
  });
});
