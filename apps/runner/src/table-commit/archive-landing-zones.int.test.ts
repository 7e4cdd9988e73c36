import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UNPARTITIONED } from '@rat/iceberg';
import { listLandingReads, recordReads, settleAttempt, type ClaimedRun } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, SCHEMA, type TableFixture } from '../../test/table-fixture.ts';
import { archiveLandingZones } from './archive-landing-zones.ts';
import { findCurrentTable } from './current-table.ts';
import { pinnedMain } from './can-commit-onto.ts';
import { publishTable } from '../attempt/publish-table.ts';
import { resolveInputs } from '../attempt/resolve-inputs.ts';
import { stageBranch } from '../attempt/stage-branch.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

async function deliver(name: string): Promise<void> {
  const path = fixture.deps.warehouse.landing.filePath('default', 'in', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, name);
}

/** The attempt's list of files, fixed and recorded. */
async function fixList(run: ClaimedRun): Promise<string[]> {
  const folder = join(fixture.deps.limits.tempDir, `${run.id}_${run.attempt}`);
  const { signal } = new AbortController();
  const wanted = {
    mayRead: undefined,
    namespace: 'default',
    tables: [],
    landingZones: ['in'],
    folder,
    signal,
  };
  const inputs = await resolveInputs(fixture.deps, wanted);
  if (!('landing' in inputs)) return [];
  const key = { runId: run.id, attempt: run.attempt };
  const noted = { tables: {}, zones: inputs.landing, archive: true };
  expect(await recordReads(fixture.deps.db, key, noted)).toBe('recorded');
  return inputs.landing['in']?.map((file) => file.path) ?? [];
}

async function publish(run: ClaimedRun): Promise<void> {
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  const nothing = { files: [], removed: [], rows: 0, rowsDeleted: 0 };
  const written = { ...nothing, schema: SCHEMA, spec: UNPARTITIONED };
  const staged = await stageBranch(fixture.deps, run, {
    ...written,
    strategy: 'append_only',
    pinned,
  });
  if (staged === 'fenced' || 'code' in staged) throw new Error('nothing was staged');
  const answer = await publishTable(fixture.deps, run, { ...staged, inputSnapshots: {} }, []);
  expect(answer).toMatchObject({ kind: 'settled', status: 'success' });
}

const onDisk = (folder = ''): Promise<string[]> =>
  readdir(fixture.deps.warehouse.landing.zoneDir('default', 'in') + folder);

test('a crash after the publish and before the move neither loses nor doubles a file', async () => {
  await deliver('a.csv');
  const first = await fixture.claim(await fixture.newRun(), 1);
  expect(await fixList(first)).toEqual(['a.csv']);
  await publish(first);
  // The runner dies here. Its file is still in the zone.
  expect(await onDisk()).toEqual(['a.csv']);

  await deliver('b.csv');
  const second = await fixture.claim(await fixture.newRun(), 1);
  expect(await fixList(second)).toEqual(['b.csv']);
  await archiveLandingZones(fixture.deps);
  expect(await onDisk(`/_processed/${first.id}`)).toEqual(['a.csv']);
  expect((await onDisk()).toSorted()).toEqual(['_processed', 'b.csv']);
  // A second move finds nothing to do, and the file that another run reads stays.
  await archiveLandingZones(fixture.deps);
  expect((await onDisk()).toSorted()).toEqual(['_processed', 'b.csv']);
});

test('several runners that archive at once move each file once', async () => {
  await deliver('a.csv');
  const run = await fixture.claim(await fixture.newRun(), 1);
  await fixList(run);
  await publish(run);
  await Promise.all([1, 2, 3].map(() => archiveLandingZones(fixture.deps)));
  await deliver('a.csv');
  await archiveLandingZones(fixture.deps);
  expect((await onDisk()).toSorted()).toEqual(['_processed', 'a.csv']);
});

test.each(['cancel', 'interrupt'] as const)(
  'an attempt that ends by %s moves nothing',
  async (kind) => {
    await deliver('a.csv');
    const run = await fixture.claim(await fixture.newRun(), 1);
    await fixList(run);
    await settleAttempt(fixture.deps.db, { runId: run.id, attempt: 1 }, { kind }, []);
    await archiveLandingZones(fixture.deps);
    expect(await onDisk()).toEqual(['a.csv']);
  },
);

test('the next attempt fixes a new list, and an overtaken attempt records none', async () => {
  await deliver('a.csv');
  const id = await fixture.newRun();
  const first = await fixture.claim(id, 1);
  await fixList(first);
  await settleAttempt(fixture.deps.db, { runId: id, attempt: 1 }, { kind: 'interrupt' }, []);
  await deliver('b.csv');
  expect(await fixList(await fixture.claim(id, 2))).toEqual(['a.csv', 'b.csv']);
  const late = { tables: {}, zones: { in: [] }, archive: true };
  const key = { runId: id, attempt: 1 };
  expect(await recordReads(fixture.deps.db, key, late)).toBe('fenced');
  const [noted] = await listLandingReads(fixture.deps.db, id);
  expect(noted?.files.map((file) => file.path)).toEqual(['a.csv', 'b.csv']);
});

test('of a long list the first thousand names are shown, with the count of all', async () => {
  const run = await fixture.claim(await fixture.newRun(), 1);
  const files = Array.from({ length: 1_500 }, (_, n) => ({
    path: `${String(n).padStart(5, '0')}.csv`,
    bytes: n,
    mtimeNs: '1',
  }));
  const key = { runId: run.id, attempt: 1 };
  for (const archive of [true, false]) {
    await recordReads(fixture.deps.db, key, { tables: {}, zones: { in: files }, archive });
    const [noted] = await listLandingReads(fixture.deps.db, run.id);
    expect(noted).toMatchObject({ zone: 'in', total: 1_500 });
    expect(noted?.files).toHaveLength(1_000);
    expect(noted?.files[999]).toEqual({ path: '00999.csv', bytes: 999 });
  }
});
