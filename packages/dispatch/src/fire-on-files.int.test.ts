import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { TriggerConfig } from '@rat/domain';
import { listFirings, noteListedFiles, noteUploadedFile, takeZonesToScan } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { later, openTriggerLab, type TriggerLab } from '../test/trigger-lab.ts';
import { matchFiles } from './match-files.ts';

let lab: TriggerLab;
beforeEach(async () => {
  lab = await openTriggerLab();
});
afterEach(() => lab.close());

const ZONE = { namespace: 'default', zone: 'drops' };

const onFiles = (more: object = {}): TriggerConfig => ({
  kind: 'upload',
  ...ZONE,
  pattern: null,
  min_files: 1,
  ...more,
});

const file = (path: string, seconds = 0) => ({
  path,
  bytes: 10,
  modifiedAt: new Date(1_700_000_000_000 + seconds * 1_000),
});
const upload = (path: string, seconds?: number) =>
  noteUploadedFile(lab.db, ZONE, file(path, seconds), matchFiles);

test('an upload makes a run, and the same file again makes none', async () => {
  const id = await lab.trigger(ORDERS, onFiles());
  expect(await upload('a.csv')).toBe(true);
  expect((await lab.turn()).runs).toHaveLength(1);
  expect(await upload('a.csv')).toBe(false);
  expect((await lab.turn()).runs).toEqual([]);
  expect(await upload('a.csv', 1)).toBe(true);
  expect((await lab.turn()).runs).toHaveLength(1);
  expect((await listFirings(lab.db, id, { limit: 1 }))[0]?.causes).toEqual([
    { kind: 'files', zone: 'default/drops', files: ['a.csv'], total: 1 },
  ]);
});

test('200 uploads at once with a debounce of 5 s make one run', async () => {
  const id = await lab.trigger(ORDERS, onFiles(), { debounceSeconds: 5 });
  await Promise.all(Array.from({ length: 200 }, (_, n) => upload(`f${n}.csv`)));
  expect((await lab.turn()).runs).toEqual([]);
  expect((await lab.turn(later(7))).runs).toHaveLength(1);
  expect((await lab.turn(later(60))).runs).toEqual([]);
  expect((await listFirings(lab.db, id, { limit: 9 }))[0]?.causes).toMatchObject([{ total: 200 }]);
});

test('only files that match count, and only so many of them', async () => {
  await lab.trigger(ORDERS, onFiles({ pattern: 'orders-*.csv', min_files: 2 }));
  expect(await upload('other.csv')).toBe(false);
  await upload('orders-1.csv');
  expect((await lab.turn()).runs).toEqual([]);
  await upload('orders-2.csv');
  expect((await lab.turn()).runs).toHaveLength(1);
});

test('files that a success of the pipeline has read are no news', async () => {
  await lab.trigger(ORDERS, onFiles({ min_files: 2 }));
  await upload('a.csv');
  await lab.turn();
  const runId = await lab.succeed(ORDERS);
  await lab.db.pool.query(
    `INSERT INTO landing_reads (run_id, attempt, zone, files, files_total, bytes_total, archive)
     VALUES ($1, 1, 'drops', $2, 1, 10, 'none')`,
    [runId, JSON.stringify([{ path: 'a.csv', bytes: 10, mtimeNs: '1700000000000999999' }])],
  );
  await upload('b.csv');
  expect((await lab.turn()).runs).toEqual([]);
  await upload('c.csv');
  expect((await lab.turn()).runs).toHaveLength(1);
});

test('a file that appears in the folder counts once it is seen twice with the same size', async () => {
  await lab.trigger(ORDERS, onFiles());
  const scan = async (...files: ReturnType<typeof file>[]): Promise<boolean> => {
    const [zone] = await takeZonesToScan(lab.db, { everyMs: 0, limit: 9 });
    if (zone === undefined) throw new Error('the zone is watched');
    return noteListedFiles(lab.db, zone, files, matchFiles);
  };
  expect(await scan(file('a.csv'))).toBe(false);
  expect(await scan({ ...file('a.csv'), bytes: 20 })).toBe(false);
  expect((await lab.turn()).runs).toEqual([]);
  expect(await scan({ ...file('a.csv'), bytes: 20 })).toBe(true);
  expect((await lab.turn()).runs).toHaveLength(1);
  expect(await scan({ ...file('a.csv'), bytes: 20 })).toBe(false);
  // A rename is a file with a new name.
  await scan({ ...file('b.csv'), bytes: 20 });
  expect(await scan({ ...file('b.csv'), bytes: 20 })).toBe(true);
  expect((await lab.turn()).runs).toHaveLength(1);
  expect(await takeZonesToScan(lab.db, { everyMs: 60_000, limit: 9 })).toEqual([]);
});
