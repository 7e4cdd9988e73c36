import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LocalLandingZones, type LandingFile } from '@rat/storage';
import { findChangedFile } from './find-changed-file.ts';

let root: string;
let path: string;
let zones: LocalLandingZones;
let read: Record<string, LandingFile[]>;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-landing-'));
  zones = new LocalLandingZones(root);
  path = zones.filePath('default', 'orders', 'a.csv');
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, 'n\n1\n');
  read = { orders: await zones.listFiles('default', 'orders') };
});
afterEach(() => rm(root, { recursive: true }));

test.each([true, false])('an unchanged file is no failure (may be gone: %s)', async (mayBeGone) => {
  expect(await findChangedFile(zones, 'default', read, { mayBeGone })).toBeUndefined();
});

test.each([true, false])('a replaced file is a failure (may be gone: %s)', async (mayBeGone) => {
  await writeFile(path, 'n\n22\n');
  expect(await findChangedFile(zones, 'default', read, { mayBeGone })).toMatchObject({
    code: 'commit_conflict',
    message: 'a.csv in landing zone orders changed while the run read it',
  });
});

test('a missing file is a failure only for a run that archives it itself', async () => {
  await rm(path);
  expect(await findChangedFile(zones, 'default', read, { mayBeGone: true })).toBeUndefined();
  expect(await findChangedFile(zones, 'default', read, { mayBeGone: false })).toBeDefined();
});
