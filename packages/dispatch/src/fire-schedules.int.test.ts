import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { QuotaError } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import {
  getSchedule,
  listFirings,
  openDatabase,
  createPipeline,
  putPipeline,
  runSchedule,
  updateNamespace,
} from '@rat/store';
import { eventually, ORDERS } from '@rat/testing';
import { MINUTE_MS, openScheduleLab, type ScheduleLab } from '../test/schedule-lab.ts';

let lab: ScheduleLab;
beforeEach(async () => {
  lab = await openScheduleLab();
});
afterEach(() => lab.close());

interface Counted {
  firings: number;
  runs: number;
  orphans: number;
}

async function countAll(): Promise<Counted> {
  const { rows } = await lab.db.pool.query<Counted>(`SELECT
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
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => lab.schedule({}, `s${n}`)));
    const log = createLogger('test', { level: 'silent' });
    const replicas = Array.from({ length: 5 }, (_, n) =>
      openDatabase({ url: lab.url, maxConnections: 2, applicationName: `replica-${n}`, log }),
    );
    const rounds = 25;
    const over = new AbortController();
    let cuts = 0;
    const cut = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const answer = await lab.db.pool.query(
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
          await Promise.allSettled(
            replicas.map((replica) => lab.fire(lab.minute(round), replica, 7)),
          );
          const { rows } = await lab.db.pool.query(
            'SELECT 1 FROM schedules WHERE fire_at <= $1 LIMIT 1',
            [lab.minute(round)],
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
      const firings = await listFirings(lab.db, id, { limit: 100 });
      const times = firings.map(({ scheduledFor }) => scheduledFor?.getTime() ?? 0);
      expect(new Set(times).size).toBe(times.length);
      const covered = firings.reduce((sum, { count }) => sum + count, 0);
      const first = Math.min(...times);
      expect(covered).toBe((lab.minute(rounds, 0).getTime() - first) / MINUTE_MS + 1);
    }
    const { firings, runs, orphans } = await countAll();
    expect([runs, orphans]).toEqual([firings, 0]);
    expect(firings).toBeGreaterThanOrEqual(ids.length * rounds);
  }, 120_000);

  test('a clock that is set back fires nothing twice, and one that jumps ahead fires once', async () => {
    const id = await lab.schedule();
    expect((await lab.fire(lab.minute(0))).runs).toHaveLength(1);
    expect((await lab.fire(lab.minute(60))).runs).toHaveLength(1);
    await lab.db.pool.query('UPDATE schedules SET fire_at = $1', [lab.minute(-1)]);
    expect((await lab.fire(lab.minute(30))).runs).toHaveLength(0);
    expect((await lab.fire(lab.minute(60))).runs).toHaveLength(0);
    expect((await lab.fire(lab.minute(61))).runs).toHaveLength(1);
    expect(await countAll()).toMatchObject({ firings: 3, runs: 3 });
    expect((await getSchedule(lab.db, id)).decidedUntil).toEqual(lab.minute(61, 0));
  });
});

describe('an outage', () => {
  test('after three days a schedule of every 10 s records one missed row, fires the newest time, and takes less than a second', async () => {
    const id = await lab.schedule({ rhythm: { kind: 'cron', cron: '*/10 * * * * *' } });
    const days = lab.minute(3 * 1_440);
    const started = performance.now();
    const turn = await lab.fire(days);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(turn.runs.length).toBeLessThanOrEqual(8);
    const firings = await listFirings(lab.db, id, { limit: 100 });
    const missed = firings.filter(({ outcome }) => outcome === 'missed');
    expect(missed).toHaveLength(1);
    const created = (await getSchedule(lab.db, id)).createdAt.getTime();
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
      const id = await lab.schedule({ catchUp, startsAt: lab.minute(1, 0) });
      await lab.fire(lab.minute(4));
      expect(await lab.outcomes(id)).toEqual([...expected]);
    },
  );

  test('catch_up all runs the oldest first', async () => {
    const id = await lab.schedule({ catchUp: 'all', startsAt: lab.minute(1, 0) });
    const { runs } = await lab.fire(lab.minute(5));
    const answer = await lab.db.pool.query<{ interval_end: Date }>(
      'SELECT interval_end FROM runs WHERE source_id = $1 ORDER BY created_at, id',
      [id],
    );
    expect(runs).toHaveLength(5);
    expect(answer.rows.map((row) => row.interval_end)).toEqual(
      [1, 2, 3, 4, 5].map((n) => lab.minute(n, 0)),
    );
  });
});

describe('many schedules at once', () => {
  test('after three days without a process, 200 of them fire within seconds, a part each turn', async () => {
    const ids: string[] = [];
    const rhythm = { kind: 'cron', cron: '* * * * *' } as const;
    const settings = { rhythm, timezone: 'Europe/Berlin', startsAt: lab.minute(1, 0) };
    for (let n = 0; n < 200; n += 1) ids.push(await lab.schedule(settings, `s-${n}`));
    const now = lab.minute(3 * 24 * 60);
    const fired: number[] = [];
    for (let turns = 0; turns < 20 && fired.length < 200; turns += 1) {
      const began = performance.now();
      const { runs, failed } = await lab.fire(now);
      expect(failed).toEqual([]);
      expect(performance.now() - began).toBeLessThan(10_000);
      fired.push(...runs.map(() => turns));
    }
    expect(fired).toHaveLength(200);
    expect(await lab.outcomes(ids[199] ?? '')).toEqual(['missed late ×4319', 'run ×1']);
  }, 120_000);
});

describe('overlap', () => {
  test.each([
    ['skip', ['run ×1', 'skipped overlap ×3']],
    ['queue_one', ['run ×1', 'run ×1', 'skipped overlap ×2']],
    ['queue', ['run ×1', 'run ×1', 'run ×1', 'run ×1']],
    ['inherit', ['run ×1', 'run ×1', 'run ×1', 'run ×1']],
  ] as const)('with overlap %s and a run that does not end: %j', async (overlap, expected) => {
    const id = await lab.schedule({ overlap, startsAt: lab.minute(1, 0) });
    for (const n of [1, 2, 3, 4]) await lab.fire(lab.minute(n));
    expect(await lab.outcomes(id)).toEqual([...expected]);
  });

  test('with overlap replace, the earlier run is cancelled and the new one waits', async () => {
    const id = await lab.schedule({ overlap: 'replace', startsAt: lab.minute(1, 0) });
    const [first] = (await lab.fire(lab.minute(1))).runs;
    const turn = await lab.fire(lab.minute(2));
    expect(turn.runs[0]?.replaced).toEqual([{ runId: first?.id, status: 'cancelled', seq: 2 }]);
    const { rows } = await lab.db.pool.query<{ status: string }>(
      'SELECT status FROM runs WHERE source_id = $1 ORDER BY created_at',
      [id],
    );
    expect(rows.map(({ status }) => status)).toEqual(['cancelled', 'pending']);
  });

  test('a pipeline without a version gets no runs and no errors, and the others of the turn get theirs', async () => {
    const pipeline = { ...ORDERS, name: 'only_a_draft' };
    const draft = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [] };
    await createPipeline(lab.db, pipeline, { draft, description: undefined, owner: undefined });
    const idle = await lab.schedule(
      { startsAt: lab.minute(1, 0) },
      'early',
      pipeline as typeof ORDERS,
    );
    const other = await lab.schedule({ startsAt: lab.minute(1, 0) });
    for (const n of [1, 2]) expect((await lab.fire(lab.minute(n))).runs).toHaveLength(1);
    expect(await lab.outcomes(idle)).toEqual(['skipped unpublished ×2']);
    expect(await lab.outcomes(other)).toEqual(['run ×1', 'run ×1']);
  });

  test('a pipeline whose on_conflict is skip gets one run and firings that name it, and no cancelled runs', async () => {
    const pipeline = { ...ORDERS, name: 'one_at_a_time' };
    await putPipeline(lab.db, pipeline, {
      sql: 'SELECT 1 AS n',
      config: { concurrency: { limit: 1, on_conflict: 'skip' } },
      qualityTests: [],
      contentHash: 'one',
    });
    const id = await lab.schedule(
      { startsAt: lab.minute(1, 0) },
      'strict',
      pipeline as typeof ORDERS,
    );
    const [run] = (await lab.fire(lab.minute(1))).runs;
    for (const n of [2, 3]) expect((await lab.fire(lab.minute(n))).runs).toHaveLength(0);
    expect(await lab.outcomes(id)).toEqual(['run ×1', 'skipped overlap ×2']);
    const [newest] = await listFirings(lab.db, id, { limit: 1 });
    expect(newest?.blockedBy).toBe(run?.id);
    expect(await countAll()).toMatchObject({ runs: 1 });
  });
});

describe('run now', () => {
  test('a second request with the same key gets the same run, at once and later', async () => {
    const id = await lab.schedule();
    const before = await getSchedule(lab.db, id);
    const ask = () =>
      runSchedule(lab.db, id, { key: 'k1', scheduledFor: undefined }, () => undefined);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1);
    expect(answers.filter(({ run }) => run.kind === 'created')).toHaveLength(1);
    expect((await ask()).run.kind).toBe('replayed');
    expect((await getSchedule(lab.db, id)).fireAt).toEqual(before.fireAt);
    await expect(
      runSchedule(lab.db, id, { key: 'k1', scheduledFor: lab.minute(1, 0) }, () => undefined),
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
    const [often, other] = [await lab.schedule(), await lab.schedule({}, 'other')];
    await updateNamespace(lab.db, 'default', { quotas: { runs_in_line: 3 } });
    const turns = [];
    for (let n = 0; n < 4; n += 1) turns.push(await lab.fire(from(n)));
    expect(turns.map(({ runs, refused }) => [runs.length, refused])).toEqual([
      [2, 0],
      [1, 1],
      [0, 2],
      [0, 2],
    ]);
    const all = [await lab.outcomes(often), await lab.outcomes(other)].flat();
    // The time before the first one that fires is late.
    expect(all.filter((one) => !one.startsWith('missed')).toSorted()).toEqual([
      'refused quota ×2',
      'refused quota ×3',
      'run ×1',
      'run ×1',
      'run ×1',
    ]);
    await expect(
      runSchedule(lab.db, often, { key: 'now', scheduledFor: undefined }, () => undefined),
    ).rejects.toBeInstanceOf(QuotaError);
    await updateNamespace(lab.db, 'default', { quotas: { runs_in_line: null } });
    expect((await lab.fire(from(4))).runs).toHaveLength(2);
  });

  test('is met exactly by replicas that fire at the same moment', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => lab.schedule({}, `s${n}`)));
    await updateNamespace(lab.db, 'default', { quotas: { runs_in_line: 5 } });
    const turns = await Promise.all([1, 2, 3].map(() => lab.fire(from(0))));
    expect(turns.flatMap(({ runs }) => runs)).toHaveLength(5);
    expect((await countAll()).runs).toBe(5);
    const left = await lab.fire(from(0));
    const refused = [...turns, left].reduce((sum, turn) => sum + turn.refused, 0);
    expect(refused).toBe(15);
  });
});
