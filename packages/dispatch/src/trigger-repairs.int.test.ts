import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PipelineRef, TriggerConfig } from '@rat/domain';
import {
  claimRun,
  completeRun,
  createRun,
  deletePipeline,
  fireTriggers,
  noteUploadedFile,
  pauseTrigger,
  putPipeline,
  putTrigger,
  readFeed,
  type TriggerTurn,
} from '@rat/store';
import { eventually, openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { TRIGGER_RULES } from './fire-triggers.ts';
import { matchFiles } from './match-files.ts';

const GOLD: PipelineRef = { namespace: 'default', layer: 'gold', name: 'gold' };
const ZONE = { namespace: 'default', zone: 'drops' };
const EACH: TriggerConfig = {
  kind: 'upstream',
  pipelines: ['default.silver.orders'],
  match: 'any',
  within_seconds: null,
  since: null,
  per: 'run',
};

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture();
  await writeGold();
});
afterEach(() => fixture.close());

async function writeGold(): Promise<void> {
  const content = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [], contentHash: 'gold' };
  await putPipeline(fixture.db, GOLD, content);
}

async function trigger(pipeline: PipelineRef, config: TriggerConfig): Promise<string> {
  const { id } = await putTrigger(fixture.db, { pipeline, name: 't' }, () => ({
    settings: {
      debounceSeconds: 0,
      maxWaitSeconds: undefined,
      cooldownSeconds: 0,
      maxPerHour: 120,
      overlap: 'inherit',
      priority: 0,
      expiresInSeconds: undefined,
      params: undefined,
      config,
    },
  }));
  return id;
}

async function succeed(pipeline = ORDERS): Promise<string> {
  const { id } = await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' } });
  await claimRun(fixture.db, { runId: id, attempt: 1 }, { runnerId: 'a', leaseMs: 60_000 });
  await completeRun(fixture.db, { runId: id, attempt: 1 }, {}, []);
  return id;
}

async function readAll(sweepEverySeconds = 60): Promise<void> {
  await eventually('the feed is at its end', async () => {
    const { hasMore, isHeld } = await readFeed(fixture.db, { sweepEverySeconds });
    return !hasMore && !isHeld;
  });
}

async function fire(): Promise<TriggerTurn> {
  const turn = await fireTriggers(fixture.db, { rules: TRIGGER_RULES, limit: 200 });
  expect(turn.failed).toEqual([]);
  return turn;
}

const upload = (path: string): Promise<boolean> =>
  noteUploadedFile(
    fixture.db,
    ZONE,
    { path, bytes: 10, modifiedAt: new Date(1_700_000_000_000) },
    matchFiles,
  );

const watch = (least: number): Promise<string> =>
  trigger(ORDERS, { kind: 'upload', ...ZONE, pattern: null, min_files: least });

test('files beyond the stored part of a long list count as read, and a new file fires', async () => {
  await watch(2);
  for (const path of ['a.csv', 'b.csv', 'c.csv']) await upload(path);
  expect((await fire()).runs).toHaveLength(1);
  const runId = await succeed();
  await fixture.db.pool.query(
    `INSERT INTO landing_reads (run_id, attempt, zone, files, files_total, bytes_total, archive)
     VALUES ($1, 1, 'drops', $2, 3, 30, 'none')`,
    [runId, JSON.stringify([{ path: 'a.csv', bytes: 10, mtimeNs: '1700000000000999999' }])],
  );
  await upload('d.csv');
  expect((await fire()).runs).toEqual([]);
  await upload('e.csv');
  expect((await fire()).runs).toHaveLength(1);
});

test('a new file fires behind 10,000 unread ones', async () => {
  await watch(1);
  await fixture.db.pool.query(
    `INSERT INTO zone_files (namespace, zone, path, bytes, modified_at, position)
     SELECT 'default', 'drops', 'f' || n, 1, now(), nextval('zone_files_order')
     FROM generate_series(1, 10000) n`,
  );
  await upload('first.csv');
  expect((await fire()).runs).toHaveLength(1);
  await upload('second.csv');
  expect((await fire()).runs).toHaveLength(1);
});

test('a sweep ahead of the feed hides no success from a trigger that fires for each', async () => {
  await trigger(GOLD, EACH);
  await readAll();
  // An open transaction that is older than the successes holds the feed back.
  const older = await fixture.db.pool.connect();
  try {
    await older.query('BEGIN');
    await older.query('SELECT pg_current_xact_id()');
    for (let n = 0; n < 3; n += 1) await succeed();
    expect(await readFeed(fixture.db, { sweepEverySeconds: 0 })).toMatchObject({ isHeld: true });
    await older.query('COMMIT');
  } finally {
    older.release();
  }
  await readAll();
  expect((await fire()).runs).toHaveLength(3);
});

test('what succeeded while a pipeline was deleted fires nothing when it is put back', async () => {
  await trigger(GOLD, EACH);
  await deletePipeline(fixture.db, GOLD);
  await succeed();
  await readAll();
  await writeGold();
  expect((await fire()).runs).toEqual([]);
  await succeed();
  await readAll();
  expect((await fire()).runs).toHaveLength(1);
});

test('a success whose transaction another server numbered does not hide those of this one', async () => {
  await trigger(GOLD, EACH);
  await succeed();
  await fixture.db.pool.query(
    `UPDATE run_events SET commit_xid = 9000000000000000 WHERE kind = 'status'`,
  );
  await trigger(GOLD, { ...EACH, match: 'all' });
  const { rows } = await fixture.db.pool.query(
    `SELECT latest_xid::text FROM trigger_inputs WHERE input LIKE 'pipeline:%'`,
  );
  expect(rows).toEqual([{ latest_xid: '0' }]);
});

test('a paused trigger that fires for each success keeps at most 1,000', async () => {
  const id = await trigger(GOLD, EACH);
  await pauseTrigger(fixture.db, id, { by: undefined, reason: undefined });
  await fixture.db.pool.query(
    `INSERT INTO trigger_inputs (trigger_id, input) SELECT $1, 'run:' || n FROM generate_series(1, 1000) n`,
    [id],
  );
  await succeed();
  await readAll();
  const { rows } = await fixture.db.pool.query(
    `SELECT count(*)::int AS kept FROM trigger_inputs WHERE input LIKE 'run:%'`,
  );
  expect(rows).toEqual([{ kept: 1_000 }]);
});
