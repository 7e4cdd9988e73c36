import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  changeSchedule,
  claimRun,
  deletePipeline,
  getSchedule,
  pauseFailing,
  pauseSchedule,
  putPipeline,
  putSchedule,
  recomputeTimes,
  resumeSchedule,
  settleAttempt,
} from '@rat/store';
import { ORDERS } from '@rat/testing';
import {
  EVERY_MINUTE,
  MINUTE_MS,
  openScheduleLab,
  type ScheduleLab,
} from '../test/schedule-lab.ts';
import { planFirings } from './plan-firings.ts';

let lab: ScheduleLab;
beforeEach(async () => {
  lab = await openScheduleLab();
});
afterEach(() => lab.close());

/** After what the database has rounded up to the next millisecond. */
const soon = (): Date => new Date(Date.now() + 10);

describe('a change beside the firing job', () => {
  const hourAgo = `UPDATE schedules SET decided_until = now() - interval '1 hour',
    fire_at = now() + interval '1 hour' WHERE id = $1`;

  test('the same settings again do not lose a time that waits for its delay', async () => {
    const id = await lab.schedule({});
    await lab.db.pool.query(hourAgo, [id]);
    await lab.schedule({});
    expect((await lab.fire(soon())).runs).toHaveLength(1);
  });

  test('times of the new settings that lie before the change never fire', async () => {
    const id = await lab.schedule({});
    await lab.db.pool.query(hourAgo, [id]);
    await lab.schedule({ timezone: 'Europe/Berlin', rhythm: { kind: 'cron', cron: '* * * * *' } });
    expect((await lab.fire(soon())).runs).toHaveLength(0);
  });

  test.each(['latest', 'none'] as const)(
    'a time that waits for its delay fires once when new settings end its rhythm, with catch_up %s',
    async (catchUp) => {
      const rhythm = { kind: 'interval', everySeconds: 3_600, offsetSeconds: 0 } as const;
      const id = await lab.schedule({ rhythm, jitterSeconds: 3_599, catchUp });
      const { delayMs } = await getSchedule(lab.db, id);
      // Its time was half a delay ago.
      await lab.db.pool.query(
        `UPDATE schedules SET
           offset_seconds = floor(extract(epoch FROM now()) - $2)::bigint % 3600,
           decided_until = now() - interval '1 hour',
           fire_at = now() + interval '1 second'
         WHERE id = $1`,
        [id, delayMs / 2_000],
      );
      await lab.schedule({ catchUp });
      expect(await lab.outcomes(id)).toEqual(['run ×1']);
      expect((await lab.fire(soon())).runs).toHaveLength(0);
    },
  );

  test('a later end does not make up for the times since the earlier one', async () => {
    const endsAt = new Date(Date.now() - 30 * MINUTE_MS);
    const id = await lab.schedule({ catchUp: 'all', endsAt });
    await lab.db.pool.query(hourAgo, [id]);
    expect((await lab.fire(new Date(Date.now() + 90 * MINUTE_MS))).runs).toHaveLength(30);
    await lab.schedule({ catchUp: 'all' });
    expect((await lab.fire(soon())).runs).toHaveLength(0);
  });

  test('a stored pattern that is no longer valid can be replaced before the firing job sees it', async () => {
    const id = await lab.schedule({});
    await lab.db.pool.query(
      `UPDATE schedules SET cron = '61 * * * *', every_seconds = NULL, fire_at = now() - interval '1 s' WHERE id = $1`,
      [id],
    );
    await lab.schedule({});
    expect((await lab.fire(lab.minute(1))).runs).toHaveLength(1);
  });

  test('a schedule of a deleted pipeline cannot be resumed, and one that is due is paused', async () => {
    const id = await lab.schedule({ startsAt: lab.minute(1, 0) });
    await deletePipeline(lab.db, ORDERS);
    const resume = { catchesUp: false, plan: planFirings };
    await expect(resumeSchedule(lab.db, id, resume)).rejects.toThrow('not found');
    await lab.db.pool.query(
      'UPDATE schedules SET paused_at = NULL, fire_at = now() WHERE id = $1',
      [id],
    );
    expect((await lab.fire(lab.minute(2))).runs).toHaveLength(0);
    const { rows } = await lab.db.pool.query('SELECT fire_at, pause_reason FROM schedules');
    expect(rows).toEqual([{ fire_at: null, pause_reason: 'the pipeline is deleted' }]);
  });
});

describe('pause and resume', () => {
  test('the times of a pause are not due when it ends, unless the resume includes them', async () => {
    const id = await lab.schedule({ startsAt: lab.minute(1, 0) });
    await lab.fire(lab.minute(1));
    await pauseSchedule(lab.db, id, { by: 'ada', reason: 'moving house' });
    expect((await lab.fire(lab.minute(5))).runs).toHaveLength(0);
    expect((await getSchedule(lab.db, id)).paused).toMatchObject({
      by: 'ada',
      reason: 'moving house',
    });
    await resumeSchedule(lab.db, id, { catchesUp: true, plan: planFirings });
    await lab.fire(lab.minute(8));
    expect(await lab.outcomes(id)).toEqual(['run ×1', 'missed late ×6', 'run ×1']);
  });

  test.each(['resume', 'enabled'])(
    'times that were due before a pause or in it are one missed row when it ends without a catch-up: %s',
    async (how) => {
      const endsAt = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
      const id = await lab.schedule({ endsAt });
      // Ten times are due that no process has decided about, and the pause began five minutes ago.
      await lab.db.pool.query(
        `UPDATE schedules SET decided_until = ends_at - interval '10 minutes',
           paused_at = now() - interval '5 minutes', next_for = NULL, fire_at = NULL
         WHERE id = $1`,
        [id],
      );
      if (how === 'resume') {
        await resumeSchedule(lab.db, id, { catchesUp: false, plan: planFirings });
      } else {
        const settings = await getSchedule(lab.db, id);
        const resumed = { settings, isPaused: false };
        await changeSchedule(lab.db, id, () => resumed, { plan: planFirings });
      }
      expect(await lab.outcomes(id)).toEqual(['missed paused ×10']);
      expect((await lab.fire(soon())).runs).toHaveLength(0);
      expect(await lab.outcomes(id)).toEqual(['missed paused ×10']);
    },
  );

  test('a schedule is paused after so many failed runs in a row, and cancelled ones do not count', async () => {
    const id = await lab.schedule({ startsAt: lab.minute(1, 0), maxFailures: 2 });
    const end = async (n: number, how: 'fail' | 'cancel'): Promise<void> => {
      const [run] = (await lab.fire(lab.minute(n))).runs;
      if (run === undefined) throw new Error(`minute ${n} fired nothing`);
      // The simulated time is ahead of the clock by which a claim counts.
      await claimRun(lab.db, { runId: run.id, attempt: 1 }, { runnerId: 'a', leaseMs: 60_000 });
      const end =
        how === 'cancel'
          ? ({ kind: 'cancel' } as const)
          : ({ kind: 'fail', failure: { code: 'sql_error', message: 'no' } } as const);
      await settleAttempt(lab.db, { runId: run.id, attempt: 1 }, end, []);
    };
    await end(1, 'fail');
    await end(2, 'cancel');
    expect(await pauseFailing(lab.db)).toEqual([]);
    await end(3, 'fail');
    expect(await pauseFailing(lab.db)).toEqual([{ id, failures: 2 }]);
    const { paused } = await getSchedule(lab.db, id);
    expect(paused).toMatchObject({ by: 'system', reason: '2 runs in a row failed' });
    // The simulated runs are ahead of the clock; a resume forgives those before it.
    await lab.db.pool.query(`UPDATE runs SET created_at = now() - interval '1 minute'`);
    await resumeSchedule(lab.db, id, { catchesUp: false, plan: planFirings });
    expect(await pauseFailing(lab.db)).toEqual([]);
  });

  test('deleting a pipeline pauses its schedules, and putting it back resumes them', async () => {
    const id = await lab.schedule({ startsAt: lab.minute(1, 0) });
    await deletePipeline(lab.db, ORDERS);
    expect((await lab.fire(lab.minute(5))).runs).toHaveLength(0);
    await putPipeline(lab.db, ORDERS, {
      sql: 'SELECT 2 AS n',
      config: {},
      qualityTests: [],
      contentHash: 'two',
    });
    expect((await getSchedule(lab.db, id)).paused).toBeUndefined();
    expect((await lab.fire(lab.minute(6))).runs).toHaveLength(1);
  });
});

describe('a change', () => {
  test('what was due by the old settings fires first, and the new settings begin now', async () => {
    const id = await lab.schedule();
    await lab.db.pool.query(
      `UPDATE schedules SET decided_until = now() - interval '90 seconds', fire_at = now() - interval '30 seconds'`,
    );
    const written = await putSchedule(
      lab.db,
      { pipeline: ORDERS, name: 'often' },
      { settings: { ...EVERY_MINUTE, rhythm: { kind: 'cron', cron: '0 0 1 1 *' } } },
      { plan: planFirings },
    );
    expect(written).toMatchObject({ id, isNew: false });
    expect(written.fired.runs.length).toBeGreaterThanOrEqual(1);
    const { nextFor } = await getSchedule(lab.db, id);
    expect(nextFor?.toISOString()).toMatch(/^\d{4}-01-01T00:00:00/);
  });

  test('a stored pattern that is no longer valid pauses its own schedule only', async () => {
    const broken = await lab.schedule({}, 'broken');
    const good = await lab.schedule({}, 'good');
    await lab.db.pool.query(
      `UPDATE schedules SET cron = '61 * * * *', every_seconds = NULL WHERE id = $1`,
      [broken],
    );
    const turn = await lab.fire(lab.minute(1));
    expect(turn.invalid).toMatchObject([{ id: broken }]);
    expect((await getSchedule(lab.db, broken)).paused).toMatchObject({
      by: 'system',
      reason: 'invalid: cron: minute 61 is not in 0-59',
    });
    expect((await getSchedule(lab.db, good)).lastRun).toBeDefined();
  });
});

test('next times that older time zone data computed are computed again, and nothing fires for it', async () => {
  const id = await lab.schedule({ rhythm: { kind: 'cron', cron: '0 0 * * *' } });
  const { nextFor } = await getSchedule(lab.db, id);
  await lab.db.pool.query(
    `UPDATE schedules SET tzdata = '1999a', next_for = next_for + interval '1 hour', fire_at = fire_at + interval '1 hour'`,
  );
  expect(await recomputeTimes(lab.db, '2025c')).toBe(1);
  expect((await lab.fire(soon())).runs).toEqual([]);
  expect(await getSchedule(lab.db, id)).toMatchObject({ nextFor, fireAt: nextFor });
  expect(await recomputeTimes(lab.db, '2025c')).toBe(0);
});
