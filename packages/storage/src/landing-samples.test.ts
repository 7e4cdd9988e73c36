import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { putSample, readSamples, removeSample } from './landing-samples.ts';
import { LocalLandingZones } from './local-landing-zones.ts';

let root: string;
let zones: LocalLandingZones;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-samples-'));
  zones = new LocalLandingZones(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const SHOP = { namespace: 'shop', zone: 'orders' };

function put(name: string, content = 'id\n1\n', replace = false): Promise<unknown> {
  return putSample(zones, { ...SHOP, name, replace }, Buffer.from(content), 3);
}

test('samples are returned with their content by name, and are no files of the zone', async () => {
  await put('b.csv', 'id\n2\n');
  await put('a.csv');
  const samples = await readSamples(zones, 'shop', 'orders');
  expect(samples.map(({ name, content }) => [name, Buffer.from(content).toString()])).toEqual([
    ['a.csv', 'id\n1\n'],
    ['b.csv', 'id\n2\n'],
  ]);
  expect(await zones.listFiles('shop', 'orders')).toEqual([]);
  expect(await readSamples(zones, 'shop', 'nowhere')).toEqual([]);
});

test('a sample is replaced only when that was requested', async () => {
  await put('a.csv');
  await expect(put('a.csv', 'id\n4\n')).rejects.toThrow('already has a sample named a.csv');
  expect(await put('a.csv')).toMatchObject({ path: 'a.csv', bytes: 5 });
  expect(await put('a.csv', 'id\n33\n', true)).toMatchObject({ path: 'a.csv', bytes: 6 });
});

test('a zone takes no more samples than it may have, but their replacements', async () => {
  for (const name of ['a.csv', 'b.csv', 'c.csv']) await put(name);
  await expect(put('d.csv')).rejects.toThrow('has 3 samples, the most');
  await put('c.csv', 'id\n3\n', true);
  expect(await removeSample(zones, { ...SHOP, name: 'c.csv' })).toBe(true);
  expect(await removeSample(zones, { ...SHOP, name: 'c.csv' })).toBe(false);
  await put('d.csv');
});

test('a deleted zone leaves no folder', async () => {
  const folder = join(root, 'shop', 'orders');
  await mkdir(join(folder, 'sub', '_inner'), { recursive: true });
  await writeFile(join(folder, 'sub', 'a.csv'), 'a');
  await put('a.csv');
  const { objects } = await zones.listAll('shop', 'orders');
  await zones.deleteZone(
    'shop',
    'orders',
    objects.map(({ key }) => key),
  );
  expect(await readdir(join(root, 'shop'))).not.toContain('orders');
});

test('a file that arrives while its zone is deleted stays', async () => {
  await put('a.csv');
  const { objects } = await zones.listAll('shop', 'orders');
  await writeFile(join(root, 'shop', 'orders', 'late.csv'), 'a');
  await zones.deleteZone(
    'shop',
    'orders',
    objects.map(({ key }) => key),
  );
  expect(await readdir(join(root, 'shop', 'orders'))).toEqual(['late.csv']);
});

test('a zone behind a symbolic link is not listed for a deletion', async () => {
  await mkdir(join(root, 'shop', 'real'), { recursive: true });
  await writeFile(join(root, 'shop', 'real', 'a.csv'), 'a');
  await symlink(join(root, 'shop', 'real'), join(root, 'shop', 'linked'));
  await expect(zones.listAll('shop', 'linked')).rejects.toThrow('symbolic link');
});

test('the processed files of one run are deleted, and those of other runs stay', async () => {
  for (const run of ['run-1', 'run-2']) {
    const folder = join(root, 'shop', 'orders', '_processed', run);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'a.csv'), 'a');
  }
  expect(await zones.listProcessedRuns('shop', 'orders')).toEqual(['run-1', 'run-2']);
  await zones.deleteProcessedRun('shop', 'orders', 'run-1');
  await zones.deleteProcessedRun('shop', 'orders', 'run-1');
  expect(await zones.listProcessedRuns('shop', 'orders')).toEqual(['run-2']);
});
