import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  access,
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalLandingZones } from './local-landing-zones.ts';
import { pinLandingFiles } from './pin-landing-files.ts';

let root: string;
let zones: LocalLandingZones;
let zone: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-pin-'));
  zones = new LocalLandingZones(join(root, 'landing'));
  zone = join(root, 'landing/shop/orders');
  folder = join(root, 'inputs');
  await mkdir(join(zone, 'sub[1]'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function pin(executorGid?: number) {
  const files = await zones.listFiles('shop', 'orders');
  return pinLandingFiles(zones, { namespace: 'shop', zone: 'orders', files, folder, executorGid });
}

test('pinned files keep their names, and later changes of the zone do not reach them', async () => {
  await writeFile(join(zone, 'a*.csv'), 'one');
  await writeFile(join(zone, 'sub[1]/b\n.csv'), 'two');
  expect(await pin()).toEqual({ paths: ['orders/a*.csv', 'orders/sub[1]/b\n.csv'] });
  await rm(zone, { recursive: true });
  expect(await readFile(join(folder, 'orders/a*.csv'), 'utf8')).toBe('one');
  expect(await readFile(join(folder, 'orders/sub[1]/b\n.csv'), 'utf8')).toBe('two');
});

test('a write to a pinned file never changes a delivered file that the executor could write', async () => {
  await writeFile(join(zone, 'a.json'), 'delivered');
  await pin();
  const pinned = join(folder, 'orders/a.json');
  expect((await lstat(pinned)).mode & 0o222).toBe(0);
  await chmod(pinned, 0o600);
  await writeFile(pinned, 'overwritten');
  expect(await readFile(join(zone, 'a.json'), 'utf8')).toBe('delivered');
});

test('a file that executors can read but not write is linked, not copied', async () => {
  const path = join(zone, 'a.json');
  await writeFile(path, 'delivered');
  const { gid, ino } = await lstat(path);
  const isLinked = async (mode: number, executors: number): Promise<boolean> => {
    await chmod(path, mode);
    await rm(folder, { recursive: true, force: true });
    await pin(executors);
    return (await lstat(join(folder, 'orders/a.json'))).ino === ino;
  };
  expect(await isLinked(0o640, gid)).toBe(true);
  expect(await isLinked(0o644, gid + 1)).toBe(true);
  expect(await isLinked(0o660, gid)).toBe(false);
  expect(await isLinked(0o646, gid + 1)).toBe(false);
  expect(await isLinked(0o640, gid + 1)).toBe(false);
});

test('pinning reports a file that was replaced or deleted after its listing', async () => {
  await writeFile(join(zone, 'a.csv'), 'one');
  const files = await zones.listFiles('shop', 'orders');
  const options = { namespace: 'shop', zone: 'orders', files, folder };
  await rm(join(zone, 'a.csv'));
  expect(await pinLandingFiles(zones, options)).toEqual({ changed: 'a.csv' });
  await writeFile(join(zone, 'a.csv'), 'another');
  expect(await pinLandingFiles(zones, options)).toEqual({ changed: 'a.csv' });
  await rm(join(zone, 'a.csv'));
  await rm(folder, { recursive: true });
  await writeFile(join(root, 'secret'), 'one');
  await symlink(join(root, 'secret'), join(zone, 'a.csv'));
  expect(await pinLandingFiles(zones, options)).toEqual({ changed: 'a.csv' });
});

test('names that are not UTF-8 are listed separately, with their bytes escaped', async () => {
  const foreign = Buffer.concat([Buffer.from(`${zone}/`), Buffer.from('caf\xe9.csv', 'latin1')]);
  await writeFile(foreign, 'x');
  await writeFile(join(zone, '\ufffd.csv'), 'y');
  const { files, unreadable } = await zones.listContent('shop', 'orders');
  expect(files.map(({ path }) => path)).toEqual(['\ufffd.csv']);
  expect(unreadable).toEqual(['caf\\xe9.csv']);
});

test('a zone, namespace or processed folder that is a symbolic link is not followed', async () => {
  await writeFile(join(zone, 'a.csv'), 'one');
  await symlink(zone, join(root, 'landing/shop/linked'));
  await symlink(join(root, 'landing/shop'), join(root, 'landing/other'));
  expect(await zones.listFiles('shop', 'linked')).toEqual([]);
  expect(await zones.listFiles('other', 'orders')).toEqual([]);
  expect(await zones.listZones('other')).toEqual([]);
  expect(await zones.findLink('shop', 'linked')).toBe('shop/linked');
  expect(await zones.findLink('other', 'orders')).toBe('other');
  expect(await zones.findLink('shop', 'orders')).toBeUndefined();
  await expect(zones.removeFile('shop', 'linked', 'a.csv')).rejects.toThrow(/symbolic link/);
  await rename(join(zone, 'sub[1]'), join(root, 'elsewhere'));
  await symlink(join(root, 'elsewhere'), join(zone, '_processed'));
  await writeFile(join(root, 'elsewhere/b.csv'), 'two');
  expect(await zones.listProcessed('shop', 'orders')).toEqual([]);
  await access(join(zone, 'a.csv'));
});
