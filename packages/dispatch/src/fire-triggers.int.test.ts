import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formatRef, type PipelineRef } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import {
  completeRun,
  fireTriggers,
  getTrigger,
  listFirings,
  openDatabase,
  pauseTrigger,
  readFeed,
  resumeTrigger,
} from '@rat/store';
import { ORDERS } from '@rat/testing';
import { after, later, openTriggerLab, type TriggerLab } from '../test/trigger-lab.ts';
import { TRIGGER_RULES } from './fire-triggers.ts';

let lab: TriggerLab;
beforeEach(async () => {
  lab = await openTriggerLab();
});
afterEach(() => lab.close());

describe('upstream', () => {
  test('a success makes one run, which names it as its cause, and a past success makes none', async () => {
    const gold = await lab.pipeline('gold');
    await lab.succeed(ORDERS);
    const id = await lab.trigger(gold, after([ORDERS]));
    expect((await lab.turn()).runs).toEqual([]);
    const runId = await lab.succeed(ORDERS);
    const { runs } = await lab.turn();
    expect(runs).toMatchObject([{ pipeline: formatRef(gold), trigger: 'trigger:upstream:t' }]);
    expect((await lab.turn()).runs).toEqual([]);
    expect(await listFirings(lab.db, id, { limit: 9 })).toMatchObject([
      {
        outcome: 'run',
        runId: runs[0]?.id,
        causes: [{ kind: 'run', pipeline: formatRef(ORDERS), run_id: runId }],
        depth: 0,
      },
    ]);
  });

  test('many successes before a look are one run, and per: run makes one of each in their order', async () => {
    const gold = await lab.pipeline('gold');
    const each = await lab.pipeline('each');
    const batch = await lab.trigger(gold, after([ORDERS]));
    const single = await lab.trigger(each, after([ORDERS], { per: 'run' }));
    const ids = [await lab.succeed(ORDERS), await lab.succeed(ORDERS), await lab.succeed(ORDERS)];
    expect((await lab.turn()).runs).toHaveLength(4);
    expect(await lab.outcomes(batch)).toEqual(['run ×1']);
    const firings = await listFirings(lab.db, single, { limit: 9 });
    expect(firings.toReversed().map(({ causes }) => causes)).toEqual(
      ids.map((run_id) => [{ kind: 'run', pipeline: formatRef(ORDERS), run_id }]),
    );
    expect((await lab.turn()).runs).toEqual([]);
  });

  test('match all waits for the last of its inputs while the others change', async () => {
    const gold = await lab.pipeline('gold');
    const inputs = await Promise.all(['a', 'b', 'c'].map((name) => lab.pipeline(name)));
    const id = await lab.trigger(gold, after(inputs, { match: 'all' }));
    const [a, b, c] = inputs as [PipelineRef, PipelineRef, PipelineRef];
    for (const one of [a, b, a, a, b]) {
      await lab.succeed(one);
      expect((await lab.turn()).runs).toEqual([]);
    }
    await lab.succeed(c);
    expect((await lab.turn()).runs).toHaveLength(1);
    await lab.succeed(c);
    expect((await lab.turn()).runs).toEqual([]);
    expect(await lab.outcomes(id)).toEqual(['run ×1']);
  });

  test('a mark advances when it is decided: a skip and a failed run are not repeated', async () => {
    const gold = await lab.pipeline('gold', { concurrency: { limit: 1, on_conflict: 'skip' } });
    const id = await lab.trigger(gold, after([ORDERS]));
    await lab.succeed(ORDERS);
    expect((await lab.turn()).runs).toHaveLength(1);
    await lab.succeed(ORDERS);
    expect(await lab.turn()).toMatchObject({ runs: [], others: 1 });
    await lab.succeed(ORDERS);
    await lab.turn();
    await lab.turn();
    expect(await lab.outcomes(id)).toEqual(['run ×1', 'skipped overlap ×2']);
  });

  test('debounce joins successes until it is quiet, and cooldown spaces the runs', async () => {
    const gold = await lab.pipeline('gold');
    const id = await lab.trigger(gold, after([ORDERS]), {
      debounceSeconds: 60,
      cooldownSeconds: 600,
    });
    await lab.succeed(ORDERS);
    expect((await lab.turn()).runs).toEqual([]);
    await lab.succeed(ORDERS);
    expect((await lab.turn(later(50))).runs).toEqual([]);
    expect((await lab.turn(later(62))).runs).toHaveLength(1);
    await lab.succeed(ORDERS);
    expect((await lab.turn(later(200))).runs).toEqual([]);
    expect((await lab.turn(later(640))).runs).toEqual([]);
    expect((await lab.turn(later(700))).runs).toHaveLength(1);
    expect(await lab.outcomes(id)).toEqual(['run ×1', 'run ×1']);
  });

  test('above its cap of an hour a trigger is paused, with the reason', async () => {
    const gold = await lab.pipeline('gold');
    const id = await lab.trigger(gold, after([ORDERS]), { maxPerHour: 2 });
    for (let n = 0; n < 4; n += 1) {
      await lab.succeed(ORDERS);
      await lab.turn();
    }
    expect(await lab.outcomes(id)).toEqual(['run ×1', 'run ×1', 'refused rate_capped ×1']);
    expect((await getTrigger(lab.db, id)).paused).toMatchObject({
      by: 'system',
      reason: 'more than 2 firings in an hour',
    });
  });

  test('changes during a pause count only for a resume that wants them', async () => {
    const gold = await lab.pipeline('gold');
    const id = await lab.trigger(gold, after([ORDERS]));
    const pause = () => pauseTrigger(lab.db, id, { by: 'ada', reason: undefined });
    await pause();
    await lab.succeed(ORDERS);
    await lab.turn();
    await resumeTrigger(lab.db, id, { catchesUp: false });
    expect((await lab.turn()).runs).toEqual([]);
    await pause();
    await lab.succeed(ORDERS);
    await lab.turn();
    await resumeTrigger(lab.db, id, { catchesUp: true });
    expect((await lab.turn()).runs).toHaveLength(1);
  });

  test('1,000 successes of 16 inputs, read by three processes at once, lose no input and fire none early', async () => {
    const gold = await lab.pipeline('gold', { concurrency: { limit: 1, on_conflict: 'queue' } });
    const inputs = await Promise.all(Array.from({ length: 16 }, (_, n) => lab.pipeline(`in${n}`)));
    const id = await lab.trigger(gold, after(inputs, { match: 'all' }), { maxPerHour: 3_600 });
    const log = createLogger('test', { level: 'silent' });
    const others = Array.from({ length: 2 }, () =>
      openDatabase({ url: lab.url, maxConnections: 2, applicationName: 'replica', log }),
    );
    // Runs that are under way already end in a random order of their pipelines.
    const rounds = 62;
    await lab.db.pool.query(
      `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, status, attempt, runner_id,
         lease_expires_at, slot, concurrency_limit, max_attempts, started_at)
       SELECT gen_random_uuid(), p.id, v.id, p.namespace, p.layer, p.name, 'running', 1, 'a', now() + interval '1 hour',
         n, 100, 1, now()
       FROM generate_series(1, ${rounds}) n, pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
       WHERE p.name LIKE 'in%'`,
    );
    const found = await lab.db.pool.query<{ id: string }>(
      `SELECT id FROM runs WHERE status = 'running' ORDER BY slot, random()`,
    );
    const ended: string[] = [];
    const waiting = found.rows.toReversed();
    const endNext = async (): Promise<void> => {
      for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
        await completeRun(lab.db, { runId: row.id, attempt: 1 }, {}, []);
        ended.push(row.id);
      }
    };
    const over = new AbortController();
    const replicas = others.map(async (other) => {
      while (!over.signal.aborted) {
        await readFeed(other);
        await fireTriggers(other, { rules: TRIGGER_RULES, limit: 200 });
      }
    });
    await Promise.all(Array.from({ length: 6 }, endNext));
    over.abort();
    await Promise.all(replicas);
    await lab.turn();
    await Promise.all(others.map((other) => other.close()));
    const firings = await listFirings(lab.db, id, { limit: 1_000 });
    expect(ended).toHaveLength(16 * rounds);
    expect(firings.length).toBeGreaterThan(0);
    expect(firings.length).toBeLessThanOrEqual(rounds);
    // Every firing has a success of each input that no other firing has.
    const used = firings.flatMap(({ causes }) =>
      causes.map((cause) => (cause.kind === 'run' ? cause.run_id : '')),
    );
    expect(new Set(used).size).toBe(firings.length * 16);
    // The last success of each input is decided about, or waits for the others.
    const { inputs: left } = await getTrigger(lab.db, id);
    expect(left.some(({ latest, consumed }) => latest === consumed)).toBe(true);
  }, 60_000);

  test('a feed whose cursor belongs to another server starts over, and loses no success', async () => {
    const gold = await lab.pipeline('gold');
    await lab.trigger(gold, after([ORDERS]));
    await lab.db.pool.query(`UPDATE automation_cursors SET xid = 9000000000000000`);
    await lab.db.pool.query(`UPDATE trigger_inputs SET latest_xid = 9000000000000000`);
    await lab.succeed(ORDERS);
    expect((await lab.turn()).runs).toHaveLength(1);
    await lab.succeed(ORDERS);
    expect((await lab.turn()).runs).toHaveLength(1);
  });

  test('a success that the feed has passed by is found by the sweep', async () => {
    const gold = await lab.pipeline('gold');
    await lab.trigger(gold, after([ORDERS]));
    await lab.turn();
    await lab.succeed(ORDERS);
    await lab.db.pool.query(
      `UPDATE automation_cursors SET xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint, swept_at = now()`,
    );
    expect((await lab.turn()).runs).toEqual([]);
    await readFeed(lab.db, { sweepEverySeconds: 0 });
    expect((await lab.turn()).runs).toHaveLength(1);
  });
});

describe('loops', () => {
  test.each([1, 2, 3, 4, 5])(
    'a circle of %i triggers, closed behind the back of the check, ends after each fired once',
    async (length) => {
      const names = Array.from({ length }, (_, n) => `p${n}`);
      const pipelines = await Promise.all(names.map((name) => lab.pipeline(name)));
      const start = await lab.pipeline('start');
      for (const [n, one] of pipelines.entries()) {
        const id = await lab.trigger(one, after([start]));
        const from = pipelines.at(n - 1) ?? one;
        await lab.db.pool.query(
          `INSERT INTO trigger_inputs (trigger_id, input) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
          [id, `pipeline:${formatRef(from)}`],
        );
      }
      const first = pipelines[0] ?? start;
      await lab.succeed(first);
      let made = 0;
      for (;;) {
        const { runs } = await lab.turn();
        if (runs.length === 0) break;
        made += runs.length;
        for (const { id } of runs) await lab.complete(id);
      }
      expect(made).toBe(length);
      const { rows } = await lab.db.pool.query(
        `SELECT reason, depth FROM firings WHERE outcome = 'refused'`,
      );
      expect(rows).toEqual([{ reason: 'loop', depth: length }]);
    },
  );
});

describe('dependency', () => {
  const HOURLY = { kind: 'dependency', cron: '0 * * * *', timezone: 'UTC' } as const;
  const HOUR_MS = 3_600_000;
  /** No test reaches it. */
  const nextHour = Math.ceil((Date.now() + 300_000) / HOUR_MS) * HOUR_MS;
  const hour = (n: number, minutes = 0): Date =>
    new Date(nextHour + n * HOUR_MS + minutes * 60_000 + 500);

  test('a due time waits for all pipelines, and is missed with the names of those that were missing', async () => {
    const gold = await lab.pipeline('gold');
    const other = await lab.pipeline('other');
    const id = await lab.trigger(gold, {
      ...HOURLY,
      pipelines: [formatRef(ORDERS), formatRef(other)],
    });
    await lab.turn();
    const runId = await lab.succeed(ORDERS);
    expect((await lab.turn(hour(0))).runs).toEqual([]);
    expect(await lab.outcomes(id)).toEqual(['waiting waiting_inputs ×1']);
    expect((await lab.turn(hour(1))).runs).toEqual([]);
    expect(await lab.outcomes(id)).toEqual([
      'missed waiting_inputs ×1',
      'waiting waiting_inputs ×1',
    ]);
    const { rows } = await lab.db.pool.query(
      `SELECT detail -> 'missing' AS missing FROM firings WHERE outcome = 'missed'`,
    );
    expect(rows).toEqual([{ missing: [formatRef(other)] }]);
    await lab.db.pool.query(`UPDATE trigger_inputs SET latest_at = $1, run_id = $2`, [
      hour(0, 30),
      runId,
    ]);
    await lab.db.pool.query(`UPDATE triggers SET fire_at = $1`, [hour(1, 5)]);
    expect((await lab.turn(hour(1, 5))).runs).toHaveLength(1);
    expect(await lab.outcomes(id)).toEqual(['missed waiting_inputs ×1', 'run ×1']);
    expect((await lab.turn(hour(1, 10))).runs).toEqual([]);
  });

  test('a success after the due time starts the run that waits', async () => {
    const gold = await lab.pipeline('gold');
    const id = await lab.trigger(gold, { ...HOURLY, pipelines: [formatRef(ORDERS)] });
    await lab.turn();
    await lab.db.pool.query(`UPDATE triggers SET decided_until = $1, fire_at = now()`, [
      new Date(Date.now() - 2 * HOUR_MS),
    ]);
    expect((await lab.turn()).runs).toEqual([]);
    await lab.succeed(ORDERS);
    expect((await lab.turn()).runs).toHaveLength(1);
    expect(await lab.outcomes(id)).toEqual(['run ×1']);
  });
});
