import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConflictError } from '@rat/domain';
import { LocalLandingZones } from './local-landing-zones.ts';
import { findTakenTarget, receiveLandingFile, receiveSameFile } from './receive-landing-file.ts';

let root: string;
let zones: LocalLandingZones;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-receive-'));
  zones = new LocalLandingZones(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const target = { namespace: 'shop', zone: 'in', name: 'a.csv', replace: false };

async function* content(...pieces: string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

test('an upload is one read-only file, with its size and its hash', async () => {
  const received = await receiveLandingFile(zones, target, content('n\n', '1\n'));
  expect(received).toEqual({
    ...(await zones.listFiles('shop', 'in'))[0],
    path: 'a.csv',
    bytes: 4,
    sha256: createHash('sha256').update('n\n1\n').digest('hex'),
  });
  expect((await stat(join(root, 'shop/in/a.csv'))).mode & 0o777).toBe(0o440);
  expect(await readdir(join(root, 'shop/.uploads'))).toEqual([]);
});

test('an upload replaces a file only when it may', async () => {
  await receiveLandingFile(zones, target, content('old'));
  const message = 'landing zone in already has a file named a.csv';
  expect(await findTakenTarget(zones, target)).toMatchObject({ bytes: 3 });
  await expect(receiveLandingFile(zones, target, content('new'))).rejects.toThrow(message);
  const replacing = { ...target, replace: true };
  expect(await findTakenTarget(zones, replacing)).toBeUndefined();
  await receiveLandingFile(zones, replacing, content('new'));
  expect(await readFile(join(root, 'shop/in/a.csv'), 'utf8')).toBe('new');
  await mkdir(join(root, 'shop/in/folder'));
  const onFolder = { ...replacing, name: 'folder' };
  await expect(receiveLandingFile(zones, onFolder, content('new'))).rejects.toThrow(
    'landing zone in has a folder named folder',
  );
});

test('an upload into a zone that is a symbolic link is refused before its content is read', async () => {
  await mkdir(join(root, 'elsewhere'));
  await mkdir(join(root, 'shop'));
  await symlink(join(root, 'elsewhere'), join(root, 'shop/in'));
  const refused =
    'landing zone shop/in: the folder shop/in is a symbolic link, which is never followed';
  await expect(findTakenTarget(zones, target)).rejects.toThrow(ConflictError);
  await expect(findTakenTarget(zones, target)).rejects.toThrow(refused);
  const body = content('x');
  await expect(receiveLandingFile(zones, target, body)).rejects.toThrow(refused);
  expect((await body.next()).done).toBe(false);
  expect(await readdir(join(root, 'elsewhere'))).toEqual([]);
});

test('the very same content is accepted again, however it is cut, and stores nothing', async () => {
  const stored = await receiveLandingFile(zones, target, content('n\n1\n2\n'));
  for (const pieces of [['n\n1\n2\n'], ['n', '\n1', '', '\n2\n'], [...'n\n1\n2\n']]) {
    expect(await receiveSameFile(zones, target, stored, content(...pieces))).toEqual(stored);
  }
  expect(await zones.listFiles('shop', 'in')).toMatchObject([{ path: 'a.csv', bytes: 6 }]);
  expect(await readdir(join(root, 'shop/.uploads')).catch(() => [])).toEqual([]);
});

test.each([[['n\n1\n3\n']], [['n\n1\n2\n', '3']], [['n\n1\n']], [[]], [['', 'm']]])(
  'other content under the name of a file is refused: %j',
  async (pieces: string[]) => {
    const stored = await receiveLandingFile(zones, target, content('n\n1\n2\n'));
    const sent = receiveSameFile(zones, target, stored, content(...pieces));
    await expect(sent).rejects.toThrow(ConflictError);
    expect(await readFile(join(root, 'shop/in/a.csv'), 'utf8')).toBe('n\n1\n2\n');
  },
);

test('other content is refused at the first byte that differs, before the rest is read', async () => {
  const stored = await receiveLandingFile(zones, target, content('n\n1\n2\n'));
  const sent = content('n\n', 'x', 'never read');
  const end = jest.spyOn(sent, 'return');
  await expect(receiveSameFile(zones, target, stored, sent)).rejects.toThrow('replace=true');
  expect(end).toHaveBeenCalledTimes(1);
});

test('an upload is free to be stored when the file of its name is gone, and loses no byte', async () => {
  const stored = await receiveLandingFile(zones, target, content('old'));
  await zones.removeFile('shop', 'in', 'a.csv');
  const sent = content('new');
  expect(await receiveSameFile(zones, target, stored, sent)).toBeUndefined();
  await receiveLandingFile(zones, target, sent);
  expect(await readFile(join(root, 'shop/in/a.csv'), 'utf8')).toBe('new');
});
