import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { archiveLandingFiles, type ArchiveOutcome } from './archive-landing-files.ts';
import { LandingZones, type LandingFile } from './landing-zones.ts';

const RUN = '0190a2b4-0000-7000-8000-000000000001';

let root: string;
let zones: LandingZones;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-landing-'));
  zones = new LandingZones(root);
  await write('a.csv', 'a');
  await write('sub/b.csv', 'b');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: string): Promise<void> {
  const absolute = join(root, 'shop/in', path);
  await mkdir(dirname(absolute), { recursive: true });
  // By a rename, as a delivery should: the content of a file that is there never changes.
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

test('what was read moves, what came since stays', async () => {
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

test('a file that was replaced since, or is gone, is left and named', async () => {
  const files = await zones.listFiles('shop', 'in');
  await write('a.csv', 'A');
  await rm(join(root, 'shop/in/sub/b.csv'));
  expect(await archive(files)).toEqual({ moved: 0, left: ['a.csv', 'sub/b.csv'], complete: true });
  expect(await read('a.csv')).toBe('A');
});

test('a second call finishes what a first one was cut short in', async () => {
  const files = await zones.listFiles('shop', 'in');
  await archive(files.slice(0, 1));
  expect(await archive(files)).toEqual({ moved: 2, left: [], complete: true });
  expect(await zones.listFiles('shop', 'in')).toEqual([]);
});

test('a second call does not take what was delivered under an old name since', async () => {
  const files = await zones.listFiles('shop', 'in');
  await archive(files);
  await write('a.csv', 'A');
  expect(await archive(files)).toEqual({ moved: 2, left: [], complete: true });
  expect(await read('a.csv')).toBe('A');
  expect(await read(`_processed/${RUN}/a.csv`)).toBe('a');
});

test('a file that was moved in the place of the read one goes back, unless a newer one is there', async () => {
  const files = await zones.listFiles('shop', 'in');
  const processed = join(root, 'shop/in/_processed', RUN);
  // As a crash leaves it between the move and the look at what was moved.
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

test('at its deadline it stops between two files and says so', async () => {
  const files = await zones.listFiles('shop', 'in');
  expect(await archive(files, 0)).toEqual({ moved: 0, left: [], complete: false });
  expect(paths(await zones.listFiles('shop', 'in'))).toEqual(['a.csv', 'sub/b.csv']);
});

test('no path leads out of the zone', async () => {
  await expect(archive([{ path: '../../../etc/passwd', bytes: 1, mtimeNs: '1' }])).rejects.toThrow(
    'outside its zone',
  );
});
