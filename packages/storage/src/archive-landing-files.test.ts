import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { archiveLandingFiles, type ArchiveOutcome } from './archive-landing-files.ts';
import type { LandingFile } from './landing-file.ts';
import { LocalLandingZones } from './local-landing-zones.ts';

const RUN = '0190a2b4-0000-7000-8000-000000000001';

let root: string;
let zones: LocalLandingZones;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-landing-'));
  zones = new LocalLandingZones(root);
  await write('a.csv', 'a');
  await write('sub/b.csv', 'b');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: string): Promise<void> {
  const absolute = join(root, 'shop/in', path);
  await mkdir(dirname(absolute), { recursive: true });
  // By a rename, as a proper delivery: the content of an existing file never changes.
  await writeFile(`${absolute}.new`, content);
  await rename(`${absolute}.new`, absolute);
}

const read = (path: string): Promise<string> => readFile(join(root, 'shop/in', path), 'utf8');
const paths = (files: readonly LandingFile[]): string[] => files.map((file) => file.path);

function archive(
  files: readonly LandingFile[],
  deadline = Number.POSITIVE_INFINITY,
): Promise<ArchiveOutcome> {
  const moved = { namespace: 'shop', zone: 'in', runId: RUN, files };
  return archiveLandingFiles(zones, moved, deadline);
}

test('archiving moves the files that the run read, and keeps later ones', async () => {
  const files = await zones.listFiles('shop', 'in');
  await write('c.csv', 'c');
  expect(await archive(files)).toEqual({ moved: 2, left: [], complete: true });
  expect(paths(await zones.listFiles('shop', 'in'))).toEqual(['c.csv']);
  expect(await read(`_processed/${RUN}/sub/b.csv`)).toBe('b');
  expect(paths(await zones.listProcessed('shop', 'in'))).toEqual([
    `${RUN}/a.csv`,
    `${RUN}/sub/b.csv`,
  ]);
});

test('archiving reports a file that was replaced or deleted after the read, and moves no other in its place', async () => {
  const files = await zones.listFiles('shop', 'in');
  await write('a.csv', 'A');
  await rm(join(root, 'shop/in/sub/b.csv'));
  expect(await archive(files)).toEqual({ moved: 0, left: ['a.csv', 'sub/b.csv'], complete: true });
  expect(await read('a.csv')).toBe('A');
});

test('a second call completes an interrupted archive', async () => {
  const files = await zones.listFiles('shop', 'in');
  await archive(files.slice(0, 1));
  expect(await archive(files)).toEqual({ moved: 2, left: [], complete: true });
  expect(await zones.listFiles('shop', 'in')).toEqual([]);
});

test('a second call does not move a file that was delivered later under an old name', async () => {
  const files = await zones.listFiles('shop', 'in');
  await archive(files);
  await write('a.csv', 'A');
  expect(await archive(files)).toEqual({ moved: 2, left: [], complete: true });
  expect(await read('a.csv')).toBe('A');
  expect(await read(`_processed/${RUN}/a.csv`)).toBe('a');
});

test('an unread file that was moved by mistake is moved back, unless a newer file is there', async () => {
  const files = await zones.listFiles('shop', 'in');
  const processed = join(root, 'shop/in/_processed', RUN);
  // The state after a crash between the move and the check of the moved file.
  await write('a.csv', 'A');
  await mkdir(join(processed, 'sub'), { recursive: true });
  await rename(join(root, 'shop/in/a.csv'), join(processed, 'a.csv'));
  await write('sub/b.csv', 'B');
  await rename(join(root, 'shop/in/sub/b.csv'), join(processed, 'sub/b.csv'));
  await write('sub/b.csv', 'newer');
  expect(await archive(files)).toEqual({ moved: 0, left: ['a.csv', 'sub/b.csv'], complete: true });
  expect(await read('a.csv')).toBe('A');
  expect(await read('sub/b.csv')).toBe('newer');
  expect(await readdir(processed, { recursive: true })).toEqual(['sub']);
});

test('an archive stops between two files at its deadline and reports itself incomplete', async () => {
  const files = await zones.listFiles('shop', 'in');
  expect(await archive(files, 0)).toEqual({ moved: 0, left: [], complete: false });
  expect(paths(await zones.listFiles('shop', 'in'))).toEqual(['a.csv', 'sub/b.csv']);
});

test('archiving refuses a path that leads out of the zone', async () => {
  await expect(archive([{ path: '../../../etc/passwd', bytes: 1, mtimeNs: '1' }])).rejects.toThrow(
    'outside its zone',
  );
});
