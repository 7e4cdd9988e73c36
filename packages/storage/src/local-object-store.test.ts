import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testObjectStore } from '@rat/testing/conformance';
import { LocalObjectStore } from './local-object-store.ts';

let base: string;
let root: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rat-objects-'));
  root = join(base, 'store');
});
afterEach(() => rm(base, { recursive: true, force: true }));

testObjectStore('a local store that follows links', () => new LocalObjectStore({ root }));

testObjectStore('a local store as landing zones use it', () => {
  const arrivesIn = (): string => '../arriving';
  return new LocalObjectStore({ root, refuseLinks: true, mode: 0o440, arrivesIn });
});

test('a store that refuses links does not reach through a folder or a file that is one', async () => {
  const store = new LocalObjectStore({ root, refuseLinks: true });
  await mkdir(join(base, 'elsewhere'));
  await writeFile(join(base, 'elsewhere/a'), 'secret');
  await mkdir(join(root, 'in'), { recursive: true });
  await symlink(join(base, 'elsewhere'), join(root, 'in/linked'));
  await symlink(join(base, 'elsewhere/a'), join(root, 'in/a'));
  const refused = { folder: 'in/linked' };
  const version = '1';
  await expect(store.read('in/linked/a')).rejects.toMatchObject(refused);
  await expect(store.stat('in/linked/a')).rejects.toMatchObject(refused);
  await expect(store.create('in/linked/b', Buffer.from('x'))).rejects.toMatchObject(refused);
  await expect(store.delete('in/linked/a')).rejects.toMatchObject(refused);
  await expect(store.list('in/linked/')).rejects.toMatchObject(refused);
  await expect(store.listLevel('in/linked/')).rejects.toMatchObject(refused);
  await expect(store.deletePrefix('in/linked/')).rejects.toMatchObject(refused);
  for (const ends of [
    { from: 'in/linked/a', to: 'b' },
    { from: 'b', to: 'in/linked/b' },
  ]) {
    await expect(store.move([{ ...ends, version }])).rejects.toMatchObject(refused);
  }
  await expect(store.read('in/a')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await store.stat('in/a')).toBeUndefined();
  expect(await store.list('')).toEqual({ objects: [], unreadable: [] });
  expect(await readdir(join(base, 'elsewhere'))).toEqual(['a']);
});

test('a store that follows links does not list them', async () => {
  const store = new LocalObjectStore({ root });
  await store.create('real/a', Buffer.from('x'));
  await symlink(join(root, 'real'), join(root, 'linked'));
  expect(Buffer.from(await store.read('linked/a')).toString()).toBe('x');
  expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['real/a']);
});

test('a key that a folder has is taken, for new objects and for replacements', async () => {
  const store = new LocalObjectStore({ root });
  await store.create('a/b', Buffer.from('x'));
  for (const replace of [false, true]) {
    const creation = store.create('a', Buffer.from('y'), { replace });
    await expect(creation).rejects.toMatchObject({ code: 'EEXIST' });
  }
  expect(await readdir(root)).toEqual(['a']);
});

test('new files have the mode of the store, and arriving files of a dead process are deleted', async () => {
  const store = new LocalObjectStore({ root, mode: 0o440, arrivesIn: () => '.uploads' });
  const abandoned = join(root, '.uploads/abandoned');
  await mkdir(join(root, '.uploads'), { recursive: true });
  await writeFile(abandoned, 'half');
  await writeFile(join(root, '.uploads/young'), 'half');
  const long = new Date(Date.now() - 2 * 86_400_000);
  await utimes(abandoned, long, long);
  await store.create('a', Buffer.from('x'));
  expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o440);
  expect(await readdir(join(root, '.uploads'))).toEqual(['young']);
});

test('an object missing from an empty store is an error of the device, if the store is never empty', async () => {
  const store = new LocalObjectStore({ root, emptyMeansAway: true });
  for (const isThere of [false, true]) {
    if (isThere) await mkdir(root);
    await expect(store.read('a')).rejects.toMatchObject({ code: 'EIO' });
    await expect(store.stat('a')).rejects.toMatchObject({ code: 'EIO' });
  }
  await store.create('b', Buffer.from('x'));
  await expect(store.read('a')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await store.stat('a')).toBeUndefined();
});

test('a folder is deleted with its last object, if the store keeps no empty folders', async () => {
  const store = new LocalObjectStore({ root, removesEmptyFolders: true });
  await store.create('day/1', Buffer.from('x'));
  await store.create('day/2', Buffer.from('x'));
  await store.delete('day/1');
  expect(await readdir(root)).toEqual(['day']);
  await store.delete('day/2');
  expect(await readdir(root)).toEqual([]);
});

test('a move matches a version without its inode', async () => {
  const store = new LocalObjectStore({ root });
  const { version } = await store.create('a', Buffer.from('x'));
  const short = version.split('-').slice(0, 2).join('-');
  expect(await store.move([{ from: 'a', to: 'b', version: `${short}0` }])).toEqual([false]);
  expect(await store.move([{ from: 'a', to: 'b', version: short }])).toEqual([true]);
});

test('an object that a crashed move took by mistake gets its key back', async () => {
  const store = new LocalObjectStore({ root });
  const { version } = await store.create('in/a', Buffer.from('old'));
  await store.create('in/a', Buffer.from('new'), { replace: true });
  await mkdir(join(root, 'done'));
  // The state after a crash between the rename and the check of the renamed file.
  await rename(join(root, 'in/a'), join(root, 'done/a'));
  expect(await store.move([{ from: 'in/a', to: 'done/a', version }])).toEqual([false]);
  expect(await readFile(join(root, 'in/a'), 'utf8')).toBe('new');
  expect(await readdir(join(root, 'done'))).toEqual([]);
});

test('a write error leaves no file and is the error of the call', async () => {
  if (process.geteuid?.() === 0) return;
  const store = new LocalObjectStore({ root });
  await mkdir(join(root, 'closed'), { recursive: true });
  await chmod(join(root, 'closed'), 0o500);
  const creation = store.create('closed/a', Buffer.from('x'));
  await expect(creation).rejects.toMatchObject({ code: 'EACCES' });
  await chmod(join(root, 'closed'), 0o700);
  expect(await readdir(join(root, 'closed'))).toEqual([]);
});

test('a file in the place of a folder is an error of the listing, and is not deleted with it', async () => {
  const store = new LocalObjectStore({ root });
  await store.create('a/b', Buffer.from('x'));
  await expect(store.list('a/b/')).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(store.listLevel('a/b/')).rejects.toMatchObject({ code: 'ENOTDIR' });
  await store.deletePrefix('a/b/');
  expect(await store.stat('a/b')).toBeDefined();
});
