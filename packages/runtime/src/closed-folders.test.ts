import { chmod, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { closeFolder, shareFolder } from './closed-folders.ts';

/** A group that this process may give folders to. */
const GID = process.getuid?.() === 0 ? 65_533 : (process.getgid?.() ?? 0);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-closed-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const modeOf = async (path: string) => (await lstat(path)).mode & 0o7777;

test('a folder that was open to all users is closed', async () => {
  const folder = join(root, 'home');
  await mkdir(folder, { mode: 0o755 });
  await closeFolder(folder);
  expect(await modeOf(folder)).toBe(0o700);
});

test('a folder that a group may traverse cannot be listed by the group', async () => {
  const folder = join(root, 'home');
  await closeFolder(folder, GID);
  expect(await modeOf(folder)).toBe(0o710);
  expect((await lstat(folder)).gid).toBe(GID);
});

test('the tables of an older version are closed to others and open to the group, once', async () => {
  const [inner, file] = [join(root, 'a', 'b'), join(root, 'a', 'b', 'data.parquet')];
  await mkdir(inner, { recursive: true, mode: 0o755 });
  await writeFile(file, '', { mode: 0o644 });
  await shareFolder(root, GID);
  for (const folder of [root, join(root, 'a'), inner]) expect(await modeOf(folder)).toBe(0o2750);
  expect(await modeOf(file)).toBe(0o640);
  expect((await lstat(file)).gid).toBe(GID);
  await chmod(file, 0o600);
  await shareFolder(root, GID);
  expect(await modeOf(file)).toBe(0o600);
});

test('a link in a shared folder is left alone, and so is the file that it leads to', async () => {
  const [outside, folder] = [join(root, 'outside'), join(root, 'folder')];
  await writeFile(outside, '', { mode: 0o600 });
  await mkdir(folder);
  await symlink(outside, join(folder, 'link'));
  await shareFolder(folder, GID);
  expect(await modeOf(outside)).toBe(0o600);
});
