import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConflictError } from '@rat/domain';
import { LocalLandingZones } from './local-landing-zones.ts';
import { checkLandingTarget, receiveLandingFile } from './receive-landing-file.ts';

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
  expect(await receiveLandingFile(zones, target, content('n\n', '1\n'))).toEqual({
    name: 'a.csv',
    bytes: 4,
    sha256: createHash('sha256').update('n\n1\n').digest('hex'),
  });
  expect((await stat(join(root, 'shop/in/a.csv'))).mode & 0o777).toBe(0o440);
  expect(await readdir(join(root, 'shop/.uploads'))).toEqual([]);
});

test('an upload replaces a file only when it may', async () => {
  await receiveLandingFile(zones, target, content('old'));
  const message = 'landing zone in already has a file named a.csv';
  await expect(checkLandingTarget(zones, target)).rejects.toThrow(message);
  await expect(receiveLandingFile(zones, target, content('new'))).rejects.toThrow(message);
  const replacing = { ...target, replace: true };
  await checkLandingTarget(zones, replacing);
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
  await expect(checkLandingTarget(zones, target)).rejects.toThrow(ConflictError);
  await expect(checkLandingTarget(zones, target)).rejects.toThrow(refused);
  const body = content('x');
  await expect(receiveLandingFile(zones, target, body)).rejects.toThrow(refused);
  expect((await body.next()).done).toBe(false);
  expect(await readdir(join(root, 'elsewhere'))).toEqual([]);
});
