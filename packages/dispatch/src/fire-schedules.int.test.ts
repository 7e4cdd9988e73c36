import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { QuotaError, type ScheduleSettings } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import {
  changeSchedule,
  claimRun,
  deletePipeline,
  fireSchedules,
  getSchedule,
  listFirings,
  openDatabase,
  pauseFailing,
  pauseSchedule,
  createPipeline,
  putPipeline,
  putSchedule,
  recomputeTimes,
  resumeSchedule,
  runSchedule,
  settleAttempt,
  updateNamespace,
  type Database,
  type FiringTurn,
} from '@rat/store';
import { eventually, openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { planFirings } from './plan-firings.ts';

const MINUTE_MS = 60_000;

const EVERY_MINUTE: ScheduleSettings = {
  rhythm: { kind: 'interval', everySeconds: 60, offsetSeconds: 0 },
  timezone: 'UTC',
  jitterSeconds: 0,
  startsAt: undefined,
  endsAt: undefined,
  overlap: 'inherit',
  catchUp: 'latest',
  catchUpWindowSeconds: 604_800,
  intervalMode: 'previous',
  maxFailures: undefined,
  priority: 0,
  expiresInSeconds: undefined,
  params: undefined,
};

let fixture: StoreFixture;
let db: Database;
beforeEach(async () => {
  fixture = await openStoreFixture();
  db = fixture.db;
});
afterEach(() => fixture.close());

async function schedule(
  settings: Partial<ScheduleSettings> = {},
  name = 'often',
  pipeline = ORDERS,
): Promise<string> {
  const { id } = await putSchedule(
    db,
    { pipeline, name },
    { settings: { ...EVERY_MINUTE, ...settings } },
    { plan: planFirings },
  );
  return id;
}

const fire = (now: Date, at: Database = db, limit = 200): Promise<FiringTurn> =>
  fireSchedules(at, { plan: planFirings, limit, now });

/** After what the database has rounded up to the next millisecond. */
const soon = (): Date => new Date(Date.now() + 10);

/** The n-th whole minute from the next one on, and a bit. */
const nextMinute = Math.ceil(Date.now() / MINUTE_MS) + 1;
const minute = (n: number, moreMs = 100): Date => new Date((nextMinute + n) * MINUTE_MS + moreMs);

async function outcomes(id: string): Promise<string[]> {
  const firings = await listFirings(db, id, { limit: 100 });
  return firings
    .toReversed()
    .map(({ outcome, reason, count }) => `${outcome}${reason ? ` ${reason}` : ''} ×${count}`);
}

interface Counted {
  firings: number;
  runs: number;
  orphans: number;
}

async function countAll(): Promise<Counted> {
  const { rows } = await db.pool.query<Counted>(`SELECT
      (SELECT count(*)::int FROM firings WHERE outcome = 'run') AS firings,
      (SELECT count(*)::int FROM runs WHERE source_id IS NOT NULL) AS runs,
      (SELECT count(*)::int FROM runs r WHERE source_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM firings f WHERE f.run_id = r.id AND f.id = r.firing_id AND f.source_id = r.source_id
      )) AS orphans`);
  const [row] = rows;
  if (row === undefined) throw new Error('a count has a row');
  return row;
}

describe('exactly once', () => {
  test('five replicas whose sessions are cut at random make one firing and one run of every due time', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => schedule({}, `s${n}`)));
    const log = createLogger('test', { level: 'silent' });
    const replicas = Array.from({ length: 5 }, (_, n) =>
      openDatabase({ url: fixture.url, maxConnections: 2, applicationName: `replica-${n}`, log }),
    );
    const rounds = 25;
    const over = new AbortController();
    let cuts = 0;
    const cut = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const answer = await db.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name LIKE 'replica-%' AND datname = current_database()
             AND xact_start IS NOT NULL AND random() < 0.03`,
        );
        cuts += answer.rowCount ?? 0;
        await new Promise((done) => setImmediate(done));
      }
    };
    const cutter = cut();
    try {
      for (let round = 1; round <= rounds; round += 1) {
        await eventually(`round ${round} is fired`, async () => {
          await Promise.allSettled(replicas.map((replica) => fire(minute(round), replica, 7)));
          const { rows } = await db.pool.query(
            'SELECT 1 FROM schedules WHERE fire_at <= $1 LIMIT 1',
            [minute(round)],
          );
          return rows.length === 0 || undefined;
        });
      }
    } finally {
      over.abort();
      await cutter;
      await Promise.all(replicas.map((replica) => replica.close()));
    }
    expect(cuts).toBeGreaterThan(0);
    // The first due time of a schedule is the minute after it was made, which differs by the clock.
    for (const id of ids) {
      const firings = await listFirings(db, id, { limit: 100 });
      const times = firings.map(({ scheduledFor }) => scheduledFor?.getTime() ?? 0);
      expect(new Set(times).size).toBe(times.length);
      const covered = firings.reduce((sum, { count }) => sum + count, 0);
      const first = Math.min(...times);
      expect(covered).toBe((minute(rounds, 0).getTime() - first) / MINUTE_MS + 1);
    }
    const { firings, runs, orphans } = await countAll();
    expect([runs, orphans]).toEqual([firings, 0]);
    expect(firings).toBeGreaterThanOrEqual(ids.length * rounds);
  }, 120_000);

  test('a clock that is set back fires nothing twice, and one that jumps ahead fires once', async () => {
    const id = await schedule();
    expect((await fire(minute(0))).runs).toHaveLength(1);
    expect((await fire(minute(60))).runs).toHaveLength(1);
    await db.pool.query('UPDATE schedules SET fire_at = $1', [minute(-1)]);
    expect((await fire(minute(30))).runs).toHaveLength(0);
    expect((await fire(minute(60))).runs).toHaveLength(0);
    expect((await fire(minute(61))).runs).toHaveLength(1);
    expect(await countAll()).toMatchObject({ firings: 3, runs: 3 });
    expect((await getSchedule(db, id)).decidedUntil).toEqual(minute(61, 0));
  });
});

describe('an outage', () => {
  test('after three days a schedule of every 10 s records one missed row, fires the newest time, and takes less than a second', async () => {
    const id = await schedule({ rhythm: { kind: 'cron', cron: '*/10 * * * * *' } });
    const days = minute(3 * 1_440);
    const started = performance.now();
    const turn = await fire(days);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(turn.runs.length).toBeLessThanOrEqual(8);
    const firings = await listFirings(db, id, { limit: 100 });
    const missed = firings.filter(({ outcome }) => outcome === 'missed');
    expect(missed).toHaveLength(1);
    const created = (await getSchedule(db, id)).createdAt.getTime();
    const due = Math.floor(days.getTime() / 10_000) - Math.floor(created / 10_000);
    expect(turn.missed + turn.runs.length).toBe(due);
  });

  test.each([
    ['none', ['missed late ×3', 'run ×1']],
    ['latest', ['missed late ×3', 'run ×1']],
    ['all', ['run ×1', 'run ×1', 'run ×1', 'run ×1']],
  ] as const)(
    'with catch_up %s, of four due times of which one is on time: %j',
    async (catchUp, expected) => {
      const id = await schedule({ catchUp, startsAt: minute(1, 0) });
      await fire(minute(4));
      expect(await outcomes(id)).toEqual([...expected]);
    },
  );

  test('catch_up all runs the oldest first', async () => {
    const id = await schedule({ catchUp: 'all', startsAt: minute(1, 0) });
    const { runs } = await fire(minute(5));
    const answer = await db.pool.query<{ interval_end: Date }>(
      'SELECT interval_end FROM runs WHERE source_id = $1 ORDER BY created_at, id',
      [id],
    );
    expect(runs).toHaveLength(5);
    expect(answer.rows.map((row) => row.interval_end)).toEqual(
      [1, 2, 3, 4, 5].map((n) => minute(n, 0)),
    );
  });
});

describe('many schedules at once', () => {
  test('after three days without a process, 200 of them fire within seconds, a part each turn', async () => {
    const ids: string[] = [];
    const rhythm = { kind: 'cron', cron: '* * * * *' } as const;
    const settings = { rhythm, timezone: 'Europe/Berlin', startsAt: minute(1, 0) };
    for (let n = 0; n < 200; n += 1) ids.push(await schedule(settings, `s-${n}`));
    const now = minute(3 * 24 * 60);
    const fired: number[] = [];
    for (let turns = 0; turns < 20 && fired.length < 200; turns += 1) {
      const began = performance.now();
      const { runs, failed } = await fire(now);
      expect(failed).toEqual([]);
      expect(performance.now() - began).toBeLessThan(10_000);
      fired.push(...runs.map(() => turns));
    }
    expect(fired).toHaveLength(200);
    expect(await outcomes(ids[199] ?? '')).toEqual(['missed late ×4319', 'run ×1']);
  }, 120_000);
});

describe('a change beside the firing job', () => {
  const hourAgo = `UPDATE schedules SET decided_until = now() - interval '1 hour',
    fire_at = now() + interval '1 hour' WHERE id = $1`;

  test('the same settings again do not lose a time that waits for its delay', async () => {
    const id = await schedule({});
    await db.pool.query(hourAgo, [id]);
    await schedule({});
    expect((await fire(soon())).runs).toHaveLength(1);
  });

  test('times of the new settings that lie before the change never fire', async () => {
    const id = await schedule({});
    await db.pool.query(hourAgo, [id]);
    await schedule({ timezone: 'Europe/Berlin', rhythm: { kind: 'cron', cron: '* * * * *' } });
    expect((await fire(soon())).runs).toHaveLength(0);
  });

  test.each(['latest', 'none'] as const)(
    'a time that waits for its delay fires once when new settings end its rhythm, with catch_up %s',
    async (catchUp) => {
      const rhythm = { kind: 'interval', everySeconds: 3_600, offsetSeconds: 0 } as const;
      const id = await schedule({ rhythm, jitterSeconds: 3_599, catchUp });
      const { delayMs } = await getSchedule(db, id);
      // Its time was half a delay ago.
      await db.pool.query(
        `UPDATE schedules SET
           offset_seconds = floor(extract(epoch FROM now()) - $2)::bigint % 3600,
           decided_until = now() - interval '1 hour',
           fire_at = now() + interval '1 second'
         WHERE id = $1`,
        [id, delayMs / 2_000],
      );
      await schedule({ catchUp });
      expect(await outcomes(id)).toEqual(['run ×1']);
      expect((await fire(soon())).runs).toHaveLength(0);
    },
  );

  test('a later end does not make up for the times since the earlier one', async () => {
    const endsAt = new Date(Date.now() - 30 * MINUTE_MS);
    const id = await schedule({ catchUp: 'all', endsAt });
    await db.pool.query(hourAgo, [id]);
    expect((await fire(new Date(Date.now() + 90 * MINUTE_MS))).runs).toHaveLength(30);
    await schedule({ catchUp: 'all' });
    expect((await fire(soon())).runs).toHaveLength(0);
  });

  test('a stored pattern that is no longer valid can be replaced before the firing job sees it', async () => {
    const id = await schedule({});
    await db.pool.query(
      `UPDATE schedules SET cron = '61 * * * *', every_seconds = NULL, fire_at = now() - interval '1 s' WHERE id = $1`,
      [id],
    );
    await schedule({});
    expect((await fire(minute(1))).runs).toHaveLength(1);
  });

  test('a schedule of a deleted pipeline cannot be resumed, and one that is due is paused', async () => {
    const id = await schedule({ startsAt: minute(1, 0) });
    await deletePipeline(db, ORDERS);
    const resume = { catchesUp: false, plan: planFirings };
    await expect(resumeSchedule(db, id, resume)).rejects.toThrow('not found');
    await db.pool.query('UPDATE schedules SET paused_at = NULL, fire_at = now() WHERE id = $1', [
      id,
    ]);
    expect((await fire(minute(2))).runs).toHaveLength(0);
    const { rows } = await db.pool.query('SELECT fire_at, pause_reason FROM schedules');
    expect(rows).toEqual([{ fire_at: null, pause_reason: 'the pipeline is deleted' }]);
  });
});

describe('overlap', () => {
  test.each([
    ['skip', ['run ×1', 'skipped overlap ×3']],
    ['queue_one', ['run ×1', 'run ×1', 'skipped overlap ×2']],
    ['queue', ['run ×1', 'run ×1', 'run ×1', 'run ×1']],
    ['inherit', ['run ×1', 'run ×1', 'run ×1', 'run ×1']],
  ] as const)('with overlap %s and a run that does not end: %j', async (overlap, expected) => {
    const id = await schedule({ overlap, startsAt: minute(1, 0) });
    for (const n of [1, 2, 3, 4]) await fire(minute(n));
    expect(await outcomes(id)).toEqual([...expected]);
  });

  test('with overlap replace, the earlier run is cancelled and the new one waits', async () => {
    const id = await schedule({ overlap: 'replace', startsAt: minute(1, 0) });
    const [first] = (await fire(minute(1))).runs;
    const turn = await fire(minute(2));
    expect(turn.runs[0]?.replaced).toEqual([{ runId: first?.id, status: 'cancelled', seq: 2 }]);
    const { rows } = await db.pool.query<{ status: string }>(
      'SELECT status FROM runs WHERE source_id = $1 ORDER BY created_at',
      [id],
    );
    expect(rows.map(({ status }) => status)).toEqual(['cancelled', 'pending']);
  });

  test('a pipeline without a version gets no runs and no errors, and the others of the turn get theirs', async () => {
    const pipeline = { ...ORDERS, name: 'only_a_draft' };
    const draft = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [] };
    await createPipeline(db, pipeline, { draft, description: undefined, owner: undefined });
    const idle = await schedule({ startsAt: minute(1, 0) }, 'early', pipeline as typeof ORDERS);
    const other = await schedule({ startsAt: minute(1, 0) });
    for (const n of [1, 2]) expect((await fire(minute(n))).runs).toHaveLength(1);
    expect(await outcomes(idle)).toEqual(['skipped unpublished ×2']);
    expect(await outcomes(other)).toEqual(['run ×1', 'run ×1']);
  });

  test('a pipeline whose on_conflict is skip gets one run and firings that name it, and no cancelled runs', async () => {
    const pipeline = { ...ORDERS, name: 'one_at_a_time' };
    await putPipeline(db, pipeline, {
      sql: 'SELECT 1 AS n',
      config: { concurrency: { limit: 1, on_conflict: 'skip' } },
      qualityTests: [],
      contentHash: 'one',
    });
    const id = await schedule({ startsAt: minute(1, 0) }, 'strict', pipeline as typeof ORDERS);
    const [run] = (await fire(minute(1))).runs;
    for (const n of [2, 3]) expect((await fire(minute(n))).runs).toHaveLength(0);
    expect(await outcomes(id)).toEqual(['run ×1', 'skipped overlap ×2']);
    const [newest] = await listFirings(db, id, { limit: 1 });
    expect(newest?.blockedBy).toBe(run?.id);
    expect(await countAll()).toMatchObject({ runs: 1 });
  });
});

describe('pause and resume', () => {
  test('the times of a pause are not due when it ends, unless the resume includes them', async () => {
    const id = await schedule({ startsAt: minute(1, 0) });
    await fire(minute(1));
    await pauseSchedule(db, id, { by: 'ada', reason: 'moving house' });
    expect((await fire(minute(5))).runs).toHaveLength(0);
    expect((await getSchedule(db, id)).paused).toMatchObject({ by: 'ada', reason: 'moving house' });
    await resumeSchedule(db, id, { catchesUp: true, plan: planFirings });
    await fire(minute(8));
    expect(await outcomes(id)).toEqual(['run ×1', 'missed late ×6', 'run ×1']);
  });

  test.each(['resume', 'enabled'])(
    'times that were due before a pause or in it are one missed row when it ends without a catch-up: %s',
    async (how) => {
      const endsAt = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
      const id = await schedule({ endsAt });
      // Ten times are due that no process has decided about, and the pause began five minutes ago.
      await db.pool.query(
        `UPDATE schedules SET decided_until = ends_at - interval '10 minutes',
           paused_at = now() - interval '5 minutes', next_for = NULL, fire_at = NULL
         WHERE id = $1`,
        [id],
      );
      if (how === 'resume') {
        await resumeSchedule(db, id, { catchesUp: false, plan: planFirings });
      } else {
        const settings = await getSchedule(db, id);
        const resumed = { settings, isPaused: false };
        await changeSchedule(db, id, () => resumed, { plan: planFirings });
      }
      expect(await outcomes(id)).toEqual(['missed paused ×10']);
      expect((await fire(soon())).runs).toHaveLength(0);
      expect(await outcomes(id)).toEqual(['missed paused ×10']);
    },
  );

  test('a schedule is paused after so many failed runs in a row, and cancelled ones do not count', async () => {
    const id = await schedule({ startsAt: minute(1, 0), maxFailures: 2 });
    const end = async (n: number, how: 'fail' | 'cancel'): Promise<void> => {
      const [run] = (await fire(minute(n))).runs;
      if (run === undefined) throw new Error(`minute ${n} fired nothing`);
      // The simulated time is ahead of the clock by which a claim counts.
      await claimRun(db, { runId: run.id, attempt: 1 }, { runnerId: 'a', leaseMs: 60_000 });
      const end =
        how === 'cancel'
          ? ({ kind: 'cancel' } as const)
          : ({ kind: 'fail', failure: { code: 'sql_error', message: 'no' } } as const);
      await settleAttempt(db, { runId: run.id, attempt: 1 }, end, []);
    };
    await end(1, 'fail');
    await end(2, 'cancel');
    expect(await pauseFailing(db)).toEqual([]);
    await end(3, 'fail');
    expect(await pauseFailing(db)).toEqual([{ id, failures: 2 }]);
    const { paused } = await getSchedule(db, id);
    expect(paused).toMatchObject({ by: 'system', reason: '2 runs in a row failed' });
    // The simulated runs are ahead of the clock; a resume forgives those before it.
    await db.pool.query(`UPDATE runs SET created_at = now() - interval '1 minute'`);
    await resumeSchedule(db, id, { catchesUp: false, plan: planFirings });
    expect(await pauseFailing(db)).toEqual([]);
  });

  test('deleting a pipeline pauses its schedules, and putting it back resumes them', async () => {
    const id = await schedule({ startsAt: minute(1, 0) });
    await deletePipeline(db, ORDERS);
    expect((await fire(minute(5))).runs).toHaveLength(0);
    await putPipeline(db, ORDERS, {
      sql: 'SELECT 2 AS n',
      config: {},
      qualityTests: [],
      contentHash: 'two',
    });
    expect((await getSchedule(db, id)).paused).toBeUndefined();
    expect((await fire(minute(6))).runs).toHaveLength(1);
  });
});

describe('a change', () => {
  test('what was due by the old settings fires first, and the new settings begin now', async () => {
    const id = await schedule();
    await db.pool.query(
      `UPDATE schedules SET decided_until = now() - interval '90 seconds', fire_at = now() - interval '30 seconds'`,
    );
    const written = await putSchedule(
      db,
      { pipeline: ORDERS, name: 'often' },
      { settings: { ...EVERY_MINUTE, rhythm: { kind: 'cron', cron: '0 0 1 1 *' } } },
      { plan: planFirings },
    );
    expect(written).toMatchObject({ id, isNew: false });
    expect(written.fired.runs.length).toBeGreaterThanOrEqual(1);
    const { nextFor } = await getSchedule(db, id);
    expect(nextFor?.toISOString()).toMatch(/^\d{4}-01-01T00:00:00/);
  });

  test('a stored pattern that is no longer valid pauses its own schedule only', async () => {
    const broken = await schedule({}, 'broken');
    const good = await schedule({}, 'good');
    await db.pool.query(
      `UPDATE schedules SET cron = '61 * * * *', every_seconds = NULL WHERE id = $1`,
      [broken],
    );
    const turn = await fire(minute(1));
    expect(turn.invalid).toMatchObject([{ id: broken }]);
    expect((await getSchedule(db, broken)).paused).toMatchObject({
      by: 'system',
      reason: 'invalid: cron: minute 61 is not in 0-59',
    });
    expect((await getSchedule(db, good)).lastRun).toBeDefined();
  });
});

test('next times that older time zone data computed are computed again, and nothing fires for it', async () => {
  const id = await schedule({ rhythm: { kind: 'cron', cron: '0 0 * * *' } });
  const { nextFor } = await getSchedule(db, id);
  await db.pool.query(
    `UPDATE schedules SET tzdata = '1999a', next_for = next_for + interval '1 hour', fire_at = fire_at + interval '1 hour'`,
  );
  expect(await recomputeTimes(db, '2025c')).toBe(1);
  expect((await fire(soon())).runs).toEqual([]);
  expect(await getSchedule(db, id)).toMatchObject({ nextFor, fireAt: nextFor });
  expect(await recomputeTimes(db, '2025c')).toBe(0);
});

describe('run now', () => {
  test('a second request with the same key gets the same run, at once and later', async () => {
    const id = await schedule();
    const before = await getSchedule(db, id);
    const ask = () => runSchedule(db, id, { key: 'k1', scheduledFor: undefined }, () => undefined);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1);
    expect(answers.filter(({ run }) => run.kind === 'created')).toHaveLength(1);
    expect((await ask()).run.kind).toBe('replayed');
    expect((await getSchedule(db, id)).fireAt).toEqual(before.fireAt);
    await expect(
      runSchedule(db, id, { key: 'k1', scheduledFor: minute(1, 0) }, () => undefined),
    ).rejects.toThrow('used with another for');
  });
});

describe('the quota of runs in line of a namespace', () => {
  /** Times after the schedules of the test, however long the tests before took. */
  let from: (n: number) => Date;
  beforeEach(() => {
    const first = Math.ceil(Date.now() / MINUTE_MS) + 1;
    from = (n) => new Date((first + n) * MINUTE_MS + 100);
  });

  test('refuses a firing that finds the line full, and records it once for equal refusals in a row', async () => {
    const [often, other] = [await schedule(), await schedule({}, 'other')];
    await updateNamespace(db, 'default', { quotas: { runs_in_line: 3 } });
    const turns = [];
    for (let n = 0; n < 4; n += 1) turns.push(await fire(from(n)));
    expect(turns.map(({ runs, refused }) => [runs.length, refused])).toEqual([
      [2, 0],
      [1, 1],
      [0, 2],
      [0, 2],
    ]);
    const all = [await outcomes(often), await outcomes(other)].flat();
    // The time before the first one that fires is late.
    expect(all.filter((one) => !one.startsWith('missed')).toSorted()).toEqual([
      'refused quota ×2',
      'refused quota ×3',
      'run ×1',
      'run ×1',
      'run ×1',
    ]);
    await expect(
      runSchedule(db, often, { key: 'now', scheduledFor: undefined }, () => undefined),
    ).rejects.toBeInstanceOf(QuotaError);
    await updateNamespace(db, 'default', { quotas: { runs_in_line: null } });
    expect((await fire(from(4))).runs).toHaveLength(2);
  });

  test('is met exactly by replicas that fire at the same moment', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => schedule({}, `s${n}`)));
    await updateNamespace(db, 'default', { quotas: { runs_in_line: 5 } });
    const turns = await Promise.all([1, 2, 3].map(() => fire(from(0))));
    expect(turns.flatMap(({ runs }) => runs)).toHaveLength(5);
    expect((await countAll()).runs).toBe(5);
    const left = await fire(from(0));
    const refused = [...turns, left].reduce((sum, turn) => sum + turn.refused, 0);
    expect(refused).toBe(15);
  });
});
