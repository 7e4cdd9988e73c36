import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pathFromUri } from '@rat/storage';
import { appendEvents, readEvents, settleAttempt } from '@rat/store';
import { openTableFixture, type TableFixture } from '../../test/table-fixture.ts';
import { archiveNext } from './archive-logs.ts';
import { sweepDay } from './sweep-log-files.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

async function endedRun(lines: number): Promise<string> {
  const runId = await fixture.newRun();
  await fixture.claim(runId, 1);
  const { db } = fixture.deps;
  const events = Array.from({ length: lines }, (_, n) => ({
    kind: 'log' as const,
    at: new Date(),
    phase: undefined,
    level: 'info' as const,
    message: `line ${n}`,
  }));
  await appendEvents(db, { runId, attempt: 1, alreadyAppended: 0 }, events);
  await settleAttempt(db, { runId, attempt: 1 }, { kind: 'cancel' }, []);
  await db.pool.query(`UPDATE runs SET finished_at = now() - interval '1 hour' WHERE id = $1`, [
    runId,
  ]);
  return runId;
}

const rowsOf = (runId: string) =>
  readEvents(fixture.deps.db, { runId, afterSeq: 0, limit: 10_000 });

async function pathOf(runId: string): Promise<string | null> {
  const answer = await fixture.deps.db.pool.query<{ path: string | null }>(
    'SELECT logs_s3_path AS path FROM runs WHERE id = $1',
    [runId],
  );
  return answer.rows[0]?.path ?? null;
}

const absolute = (path: string): string => pathFromUri(fixture.deps.tables.uri(path));

test('a crash between the file and the transaction loses nothing, and the next turn writes the same file', async () => {
  const runId = await endedRun(2_500);
  const rows = await rowsOf(runId);
  let orphan = '';
  const { warehouse } = fixture.deps;
  const write = warehouse.logs.write.bind(warehouse.logs);
  warehouse.logs.write = async (...args) => {
    orphan = await write(...args);
    throw new Error('power cut');
  };
  await expect(archiveNext(fixture.deps, 1_000)).rejects.toThrow('power cut');
  expect(await rowsOf(runId)).toEqual(rows);
  expect(await pathOf(runId)).toBeNull();
  const first = await readFile(absolute(orphan));

  warehouse.logs.write = write;
  expect(await archiveNext(fixture.deps, 1_000)).toBe(true);
  expect(await pathOf(runId)).toBe(orphan);
  expect(await readFile(absolute(orphan))).toEqual(first);
  expect(gunzipSync(first).toString().trimEnd().split('\n')).toHaveLength(rows.length);
  expect(await rowsOf(runId)).toEqual(rows.filter((row) => row.kind === 'status'));
  expect(await archiveNext(fixture.deps, 1_000)).toBe(false);
});

test('an unfinished or recently ended run keeps its rows, and a run without rows gets no file', async () => {
  const running = await fixture.newRun();
  await fixture.claim(running, 1);
  const fresh = await endedRun(1);
  expect(await archiveNext(fixture.deps, 7_200_000)).toBe(false);
  expect(await rowsOf(fresh)).toHaveLength(4);
  const silent = await endedRun(0);
  while (await archiveNext(fixture.deps, 1_000));
  expect(await pathOf(fresh)).not.toBeNull();
  expect(await pathOf(silent)).toBeNull();
  expect(await rowsOf(silent)).toHaveLength(3);
  expect(await rowsOf(running)).toHaveLength(2);
});

test('two runners archive different streams at once', async () => {
  const ids = [await endedRun(10), await endedRun(10)];
  const both = await Promise.all([
    archiveNext(fixture.deps, 1_000),
    archiveNext(fixture.deps, 1_000),
  ]);
  expect(both).toEqual([true, true]);
  expect(new Set(await Promise.all(ids.map(pathOf))).size).toBe(2);
});

test('the sweep removes old files that no run names, and keeps named ones', async () => {
  const runId = await endedRun(3);
  await archiveNext(fixture.deps, 1_000);
  const path = (await pathOf(runId)) ?? '';
  const day = path.split('/')[1] ?? '';
  const { logs } = fixture.deps.warehouse;
  const orphan = await logs.write(randomUUID(), new Date(`${day}T12:00:00Z`), ['{}\n']);
  await writeFile(join(absolute(path), '..', `${randomUUID()}.ndjson.gz.x.tmp`), 'half');
  await sweepDay(fixture.deps, day, 60_000);
  expect(await logs.listFiles(day)).toHaveLength(3);
  await sweepDay(fixture.deps, day, -60_000);
  expect((await logs.listFiles(day)).map((file) => file.path)).toEqual([path]);
  expect(orphan).not.toBe(path);
});
