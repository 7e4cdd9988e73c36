import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PipelineRef, TriggerConfig } from '@rat/domain';
import {
  claimRun,
  completeRun,
  createRun,
  deletePipeline,
  fireTriggers,
  noteListedFiles,
  noteUploadedFile,
  pauseTrigger,
  putPipeline,
  putTrigger,
  readFeed,
  takeZonesToScan,
  type SeenFile,
  type TriggerTurn,
  type ZoneToScan,
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

async function trigger(pipeline: PipelineRef, config: TriggerConfig, name = 't'): Promise<string> {
  const { id } = await putTrigger(
    fixture.db,
    { pipeline, name },
    {
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
    },
  );
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

const onFiles = (pattern: string): TriggerConfig => ({
  kind: 'upload',
  ...ZONE,
  pattern,
  min_files: 1,
});

/** Lists the zone as a runner does. A file that lies there counts from the second listing on. */
async function list(files: readonly SeenFile[]): Promise<boolean> {
  return noteListedFiles(fixture.db, await takeZone(), files, matchFiles);
}

async function takeZone(): Promise<ZoneToScan> {
  const [zone] = await takeZonesToScan(fixture.db, { everyMs: 0, limit: 1 });
  if (zone === undefined) throw new Error('no zone is watched');
  return zone;
}

const FILE: SeenFile = { path: 'a.csv', bytes: 10, modifiedAt: new Date(1_700_000_000_000) };

/** Holds the lock of a row until `whileHeld` has ended, and lets `work` wait for it meanwhile. */
async function behindLock<T>(
  lock: { sql: string; values: unknown[] },
  work: () => Promise<T>,
  whileHeld: () => Promise<void>,
): Promise<T> {
  const { pool } = fixture.db;
  const holder = await pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(lock.sql, lock.values);
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const done = work();
    done.catch(() => undefined);
    await eventually('the work waits for the lock', async () => {
      const waiting = await pool.query(
        'SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))',
        [rows[0]?.pid],
      );
      return waiting.rowCount !== 0;
    });
    await whileHeld();
    await holder.query('COMMIT');
    return await done;
  } finally {
    holder.release();
  }
}

/** Whether a statement waits for a lock. */
async function isBlocked(): Promise<boolean> {
  const waiting = await fixture.db.pool.query(
    'SELECT 1 FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0',
  );
  return waiting.rowCount !== 0;
}

test('a trigger that is made while a listing waits for its zone fires for the files of that listing', async () => {
  await trigger(ORDERS, onFiles('none'));
  await list([FILE]);
  const zone = await takeZone();
  const lock = {
    sql: 'SELECT 1 FROM zone_heads WHERE zone = $1 FOR UPDATE',
    values: [ZONE.zone],
  };
  let made: Promise<string> | undefined;
  await behindLock(
    lock,
    () => noteListedFiles(fixture.db, zone, [FILE], matchFiles),
    async () => {
      made = trigger(GOLD, onFiles('*.csv'));
    },
  );
  await made;
  expect((await fire()).runs).toMatchObject([{ pipeline: 'default.gold.gold' }]);
});

test('a trigger that is made while a listing touches another one fires for the files of that listing', async () => {
  const first = await trigger(ORDERS, onFiles('*.csv'));
  await list([FILE]);
  const lock = { sql: 'SELECT 1 FROM triggers WHERE id = $1 FOR UPDATE', values: [first] };
  let made: Promise<string> | undefined;
  await behindLock(
    lock,
    () => list([FILE]),
    async () => {
      made = trigger(GOLD, onFiles('*.csv'));
    },
  );
  await made;
  const pipelines = (await fire()).runs.map((run) => run.pipeline);
  expect(pipelines.toSorted()).toEqual(['default.gold.gold', 'default.silver.orders']);
});

test('a trigger that is made while a process notes a file fires for it, though the process dies with its commit', async () => {
  await trigger(ORDERS, onFiles('none'));
  const process = await fixture.db.pool.connect();
  let isMade = false;
  let made: Promise<void> | undefined;
  try {
    // The transaction of a process that notes the file: nothing of that process follows its commit.
    await process.query('BEGIN');
    await process.query('SELECT 1 FROM zone_heads WHERE zone = $1 FOR UPDATE', [ZONE.zone]);
    await process.query(
      `INSERT INTO zone_files (namespace, zone, path, bytes, modified_at, position)
       VALUES ('default', 'drops', 'a.csv', 10, now(), nextval('zone_files_order'))`,
    );
    const make = async (): Promise<void> => {
      await trigger(GOLD, onFiles('*.csv'));
      isMade = true;
    };
    made = make();
    await eventually('the trigger is made, or waits', async () => isMade || isBlocked());
    // A turn of the firing job; a trigger that exists already would look in vain, and rest.
    expect((await fire()).runs).toEqual([]);
    await process.query('COMMIT');
  } finally {
    process.release();
  }
  await made;
  expect((await fire()).runs).toMatchObject([{ pipeline: 'default.gold.gold' }]);
});

test('a listing waits for no trigger of the zone that its new files do not match', async () => {
  const other = await trigger(GOLD, onFiles('*.parquet'));
  await trigger(ORDERS, onFiles('*.csv'));
  await list([FILE]);
  const holder = await fixture.db.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM triggers WHERE id = $1 FOR UPDATE', [other]);
    expect(await list([FILE])).toBe(true);
    await holder.query('COMMIT');
  } finally {
    holder.release();
  }
});

test('a web of triggers with a billion paths is checked for cycles once an edge, and its cycle is named', async () => {
  const layers = 15;
  const wide = 4;
  const name = (level: number, n: number): string => `w${level}-${n}`;
  await fixture.db.pool.query(
    `INSERT INTO pipelines (id, namespace, layer, name, current_version)
     SELECT gen_random_uuid(), 'default', 'gold', 'w' || l || '-' || n, 1
     FROM generate_series(0, $1 - 1) l, generate_series(0, $2 - 1) n`,
    [layers, wide],
  );
  await fixture.db.pool.query(
    `INSERT INTO triggers (id, pipeline_id, name, kind, config)
     SELECT gen_random_uuid(), id, 't', 'upstream', '{}' FROM pipelines WHERE name LIKE 'w%-%'`,
  );
  await fixture.db.pool.query(
    `INSERT INTO trigger_inputs (trigger_id, input)
     SELECT t.id, 'pipeline:default.gold.w' || (split_part(substr(p.name, 2), '-', 1)::int - 1) || '-' || n
     FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id, generate_series(0, $1 - 1) n
     WHERE p.name LIKE 'w%-%' AND split_part(substr(p.name, 2), '-', 1) <> '0'`,
    [wide],
  );
  const top = { ...EACH, pipelines: [`default.gold.${name(layers - 1, 0)}`] };
  await trigger(GOLD, top);
  const bottom: PipelineRef = { namespace: 'default', layer: 'gold', name: name(0, 0) };
  await expect(trigger(bottom, { ...EACH, pipelines: ['default.gold.gold'] }, 'u')).rejects.toThrow(
    /the triggers make a cycle: default\.gold\.w0-0 → default\.gold\.w1-\d → .* → default\.gold\.gold → default\.gold\.w0-0/,
  );
}, 30_000);
