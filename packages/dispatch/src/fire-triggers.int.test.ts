import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PipelineRef, TriggerConfig, TriggerSettings } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import {
  claimRun,
  completeRun,
  createRun,
  fireTriggers,
  getTrigger,
  listFirings,
  noteListedFiles,
  noteUploadedFile,
  openDatabase,
  pauseTrigger,
  putPipeline,
  putTrigger,
  readFeed,
  resumeTrigger,
  takeZonesToScan,
  type Database,
  type TriggerTurn,
} from '@rat/store';
import { eventually, openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { TRIGGER_RULES } from './fire-triggers.ts';
import { matchFiles } from './match-files.ts';

const ref = (name: string): PipelineRef => ({ namespace: 'default', layer: 'gold', name });
const text = ({ namespace, layer, name }: PipelineRef): string => `${namespace}.${layer}.${name}`;
const ZONE = { namespace: 'default', zone: 'drops' };

const SETTINGS: Omit<TriggerSettings, 'config'> = {
  debounceSeconds: 0,
  maxWaitSeconds: undefined,
  cooldownSeconds: 0,
  maxPerHour: 120,
  overlap: 'inherit',
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

async function pipeline(name: string, config: object = {}): Promise<PipelineRef> {
  const content = { sql: 'SELECT 1 AS n', config, qualityTests: [], contentHash: name };
  await putPipeline(db, ref(name), content);
  return ref(name);
}

const after = (pipelines: PipelineRef[], more: object = {}): TriggerConfig => ({
  kind: 'upstream',
  pipelines: pipelines.map(text),
  match: 'any',
  within_seconds: null,
  since: null,
  per: 'batch',
  ...more,
});

const onFiles = (more: object = {}): TriggerConfig => ({
  kind: 'upload',
  ...ZONE,
  pattern: null,
  min_files: 1,
  ...more,
});

async function trigger(
  of: PipelineRef,
  config: TriggerConfig,
  settings: Partial<TriggerSettings> = {},
): Promise<string> {
  const { id } = await putTrigger(
    db,
    { pipeline: of, name: 't' },
    {
      settings: { ...SETTINGS, config, ...settings },
    },
  );
  return id;
}

async function complete(runId: string): Promise<void> {
  await claimRun(db, { runId, attempt: 1 }, { runnerId: 'a', leaseMs: 60_000 });
  await completeRun(db, { runId, attempt: 1 }, {}, []);
}

async function succeed(of: PipelineRef): Promise<string> {
  const { id } = await createRun(db, { pipeline: of, trigger: { kind: 'manual' } });
  await complete(id);
  return id;
}

/** Reads the feed to its end. An open transaction of another test on this server may hold it back. */
async function readAll(at = db): Promise<void> {
  await eventually('the feed is at its end', async () => {
    const { hasMore, isHeld } = await readFeed(at);
    return !hasMore && !isHeld;
  });
}

async function turn(now?: Date, at = db): Promise<TriggerTurn> {
  await readAll(at);
  const fired = await fireTriggers(at, { rules: TRIGGER_RULES, limit: 200, now });
  expect(fired.failed).toEqual([]);
  return fired;
}

const later = (seconds: number): Date => new Date(Date.now() + seconds * 1_000);

async function outcomes(id: string): Promise<string[]> {
  const firings = await listFirings(db, id, { limit: 100 });
  return firings
    .toReversed()
    .map(({ outcome, reason, count }) => `${outcome}${reason ? ` ${reason}` : ''} ×${count}`);
}

describe('upstream', () => {
  test('a success makes one run, which names it as its cause, and a past success makes none', async () => {
    const gold = await pipeline('gold');
    await succeed(ORDERS);
    const id = await trigger(gold, after([ORDERS]));
    expect((await turn()).runs).toEqual([]);
    const runId = await succeed(ORDERS);
    const { runs } = await turn();
    expect(runs).toMatchObject([{ pipeline: text(gold), trigger: 'trigger:upstream:t' }]);
    expect((await turn()).runs).toEqual([]);
    expect(await listFirings(db, id, { limit: 9 })).toMatchObject([
      {
        outcome: 'run',
        runId: runs[0]?.id,
        causes: [{ kind: 'run', pipeline: text(ORDERS), run_id: runId }],
        depth: 0,
      },
    ]);
  });

  test('many successes before a look are one run, and per: run makes one of each in their order', async () => {
    const gold = await pipeline('gold');
    const each = await pipeline('each');
    const batch = await trigger(gold, after([ORDERS]));
    const single = await trigger(each, after([ORDERS], { per: 'run' }));
    const ids = [await succeed(ORDERS), await succeed(ORDERS), await succeed(ORDERS)];
    expect((await turn()).runs).toHaveLength(4);
    expect(await outcomes(batch)).toEqual(['run ×1']);
    const firings = await listFirings(db, single, { limit: 9 });
    expect(firings.toReversed().map(({ causes }) => causes)).toEqual(
      ids.map((run_id) => [{ kind: 'run', pipeline: text(ORDERS), run_id }]),
    );
    expect((await turn()).runs).toEqual([]);
  });

  test('match all waits for the last of its inputs while the others change', async () => {
    const gold = await pipeline('gold');
    const inputs = await Promise.all(['a', 'b', 'c'].map((name) => pipeline(name)));
    const id = await trigger(gold, after(inputs, { match: 'all' }));
    const [a, b, c] = inputs as [PipelineRef, PipelineRef, PipelineRef];
    for (const one of [a, b, a, a, b]) {
      await succeed(one);
      expect((await turn()).runs).toEqual([]);
    }
    await succeed(c);
    expect((await turn()).runs).toHaveLength(1);
    await succeed(c);
    expect((await turn()).runs).toEqual([]);
    expect(await outcomes(id)).toEqual(['run ×1']);
  });

  test('a mark advances when it is decided: a skip and a failed run are not repeated', async () => {
    const gold = await pipeline('gold', { concurrency: { limit: 1, on_conflict: 'skip' } });
    const id = await trigger(gold, after([ORDERS]));
    await succeed(ORDERS);
    expect((await turn()).runs).toHaveLength(1);
    await succeed(ORDERS);
    expect(await turn()).toMatchObject({ runs: [], others: 1 });
    await succeed(ORDERS);
    await turn();
    await turn();
    expect(await outcomes(id)).toEqual(['run ×1', 'skipped overlap ×2']);
  });

  test('debounce joins successes until it is quiet, and cooldown spaces the runs', async () => {
    const gold = await pipeline('gold');
    const id = await trigger(gold, after([ORDERS]), { debounceSeconds: 60, cooldownSeconds: 600 });
    await succeed(ORDERS);
    expect((await turn()).runs).toEqual([]);
    await succeed(ORDERS);
    expect((await turn(later(50))).runs).toEqual([]);
    expect((await turn(later(62))).runs).toHaveLength(1);
    await succeed(ORDERS);
    expect((await turn(later(200))).runs).toEqual([]);
    expect((await turn(later(640))).runs).toEqual([]);
    expect((await turn(later(700))).runs).toHaveLength(1);
    expect(await outcomes(id)).toEqual(['run ×1', 'run ×1']);
  });

  test('above its cap of an hour a trigger is paused, with the reason', async () => {
    const gold = await pipeline('gold');
    const id = await trigger(gold, after([ORDERS]), { maxPerHour: 2 });
    for (let n = 0; n < 4; n += 1) {
      await succeed(ORDERS);
      await turn();
    }
    expect(await outcomes(id)).toEqual(['run ×1', 'run ×1', 'refused rate_capped ×1']);
    expect((await getTrigger(db, id)).paused).toMatchObject({
      by: 'system',
      reason: 'more than 2 firings in an hour',
    });
  });

  test('changes during a pause count only for a resume that wants them', async () => {
    const gold = await pipeline('gold');
    const id = await trigger(gold, after([ORDERS]));
    const pause = () => pauseTrigger(db, id, { by: 'ada', reason: undefined });
    await pause();
    await succeed(ORDERS);
    await turn();
    await resumeTrigger(db, id, { catchesUp: false });
    expect((await turn()).runs).toEqual([]);
    await pause();
    await succeed(ORDERS);
    await turn();
    await resumeTrigger(db, id, { catchesUp: true });
    expect((await turn()).runs).toHaveLength(1);
  });

  test('1,000 successes of 16 inputs, read by three processes at once, lose no input and fire none early', async () => {
    const gold = await pipeline('gold', { concurrency: { limit: 1, on_conflict: 'queue' } });
    const inputs = await Promise.all(Array.from({ length: 16 }, (_, n) => pipeline(`in${n}`)));
    const id = await trigger(gold, after(inputs, { match: 'all' }), { maxPerHour: 3_600 });
    const log = createLogger('test', { level: 'silent' });
    const others = Array.from({ length: 2 }, () =>
      openDatabase({ url: fixture.url, maxConnections: 2, applicationName: 'replica', log }),
    );
    // Runs that are under way already end in a random order of their pipelines.
    const rounds = 62;
    await db.pool.query(
      `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, status, attempt, runner_id,
         lease_expires_at, slot, concurrency_limit, max_attempts, started_at)
       SELECT gen_random_uuid(), p.id, v.id, p.namespace, p.layer, p.name, 'running', 1, 'a', now() + interval '1 hour',
         n, 100, 1, now()
       FROM generate_series(1, ${rounds}) n, pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
       WHERE p.name LIKE 'in%'`,
    );
    const found = await db.pool.query<{ id: string }>(
      `SELECT id FROM runs WHERE status = 'running' ORDER BY slot, random()`,
    );
    const ended: string[] = [];
    const waiting = found.rows.toReversed();
    const endNext = async (): Promise<void> => {
      for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
        await completeRun(db, { runId: row.id, attempt: 1 }, {}, []);
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
    await turn();
    await Promise.all(others.map((other) => other.close()));
    const firings = await listFirings(db, id, { limit: 1_000 });
    expect(ended).toHaveLength(16 * rounds);
    expect(firings.length).toBeGreaterThan(0);
    expect(firings.length).toBeLessThanOrEqual(rounds);
    // Every firing has a success of each input that no other firing has.
    const used = firings.flatMap(({ causes }) =>
      causes.map((cause) => (cause.kind === 'run' ? cause.run_id : '')),
    );
    expect(new Set(used).size).toBe(firings.length * 16);
    // The last success of each input is decided about, or waits for the others.
    const { inputs: left } = await getTrigger(db, id);
    expect(left.some(({ latest, consumed }) => latest === consumed)).toBe(true);
  }, 60_000);

  test('a feed whose cursor belongs to another server starts over, and loses no success', async () => {
    const gold = await pipeline('gold');
    await trigger(gold, after([ORDERS]));
    await db.pool.query(`UPDATE automation_cursors SET xid = 9000000000000000`);
    await db.pool.query(`UPDATE trigger_inputs SET latest_xid = 9000000000000000`);
    await succeed(ORDERS);
    expect((await turn()).runs).toHaveLength(1);
    await succeed(ORDERS);
    expect((await turn()).runs).toHaveLength(1);
  });

  test('a success that the feed has passed by is found by the sweep', async () => {
    const gold = await pipeline('gold');
    await trigger(gold, after([ORDERS]));
    await turn();
    await succeed(ORDERS);
    await db.pool.query(
      `UPDATE automation_cursors SET xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint, swept_at = now()`,
    );
    expect((await turn()).runs).toEqual([]);
    await readFeed(db, { sweepEverySeconds: 0 });
    expect((await turn()).runs).toHaveLength(1);
  });
});

describe('loops', () => {
  test.each([1, 2, 3, 4, 5])(
    'a circle of %i triggers, closed behind the back of the check, ends after each fired once',
    async (length) => {
      const names = Array.from({ length }, (_, n) => `p${n}`);
      const pipelines = await Promise.all(names.map((name) => pipeline(name)));
      const start = await pipeline('start');
      for (const [n, one] of pipelines.entries()) {
        const id = await trigger(one, after([start]));
        const from = pipelines.at(n - 1) ?? one;
        await db.pool.query(
          `INSERT INTO trigger_inputs (trigger_id, input) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
          [id, `pipeline:${text(from)}`],
        );
      }
      const first = pipelines[0] ?? start;
      await succeed(first);
      let made = 0;
      for (;;) {
        const { runs } = await turn();
        if (runs.length === 0) break;
        made += runs.length;
        for (const { id } of runs) await complete(id);
      }
      expect(made).toBe(length);
      const { rows } = await db.pool.query(
        `SELECT reason, depth FROM firings WHERE outcome = 'refused'`,
      );
      expect(rows).toEqual([{ reason: 'loop', depth: length }]);
    },
  );
});

describe('files', () => {
  const file = (path: string, seconds = 0) => ({
    path,
    bytes: 10,
    modifiedAt: new Date(1_700_000_000_000 + seconds * 1_000),
  });
  const upload = (path: string, seconds?: number) =>
    noteUploadedFile(db, ZONE, file(path, seconds), matchFiles);

  test('an upload makes a run, and the same file again makes none', async () => {
    const id = await trigger(ORDERS, onFiles());
    expect(await upload('a.csv')).toBe(true);
    expect((await turn()).runs).toHaveLength(1);
    expect(await upload('a.csv')).toBe(false);
    expect((await turn()).runs).toEqual([]);
    expect(await upload('a.csv', 1)).toBe(true);
    expect((await turn()).runs).toHaveLength(1);
    expect((await listFirings(db, id, { limit: 1 }))[0]?.causes).toEqual([
      { kind: 'files', zone: 'default/drops', files: ['a.csv'], total: 1 },
    ]);
  });

  test('200 uploads at once with a debounce of 5 s make one run', async () => {
    const id = await trigger(ORDERS, onFiles(), { debounceSeconds: 5 });
    await Promise.all(Array.from({ length: 200 }, (_, n) => upload(`f${n}.csv`)));
    expect((await turn()).runs).toEqual([]);
    expect((await turn(later(7))).runs).toHaveLength(1);
    expect((await turn(later(60))).runs).toEqual([]);
    expect((await listFirings(db, id, { limit: 9 }))[0]?.causes).toMatchObject([{ total: 200 }]);
  });

  test('only files that match count, and only so many of them', async () => {
    await trigger(ORDERS, onFiles({ pattern: 'orders-*.csv', min_files: 2 }));
    expect(await upload('other.csv')).toBe(false);
    await upload('orders-1.csv');
    expect((await turn()).runs).toEqual([]);
    await upload('orders-2.csv');
    expect((await turn()).runs).toHaveLength(1);
  });

  test('files that a success of the pipeline has read are no news', async () => {
    await trigger(ORDERS, onFiles({ min_files: 2 }));
    await upload('a.csv');
    await turn();
    const runId = await succeed(ORDERS);
    await db.pool.query(
      `INSERT INTO landing_reads (run_id, attempt, zone, files, files_total, bytes_total, archive)
       VALUES ($1, 1, 'drops', $2, 1, 10, 'none')`,
      [runId, JSON.stringify([{ path: 'a.csv', bytes: 10, mtimeNs: '1700000000000999999' }])],
    );
    await upload('b.csv');
    expect((await turn()).runs).toEqual([]);
    await upload('c.csv');
    expect((await turn()).runs).toHaveLength(1);
  });

  test('a file that appears in the folder counts once it is seen twice with the same size', async () => {
    await trigger(ORDERS, onFiles());
    const scan = async (...files: ReturnType<typeof file>[]): Promise<boolean> => {
      const [zone] = await takeZonesToScan(db, { everyMs: 0, limit: 9 });
      if (zone === undefined) throw new Error('the zone is watched');
      return noteListedFiles(db, zone, files, matchFiles);
    };
    expect(await scan(file('a.csv'))).toBe(false);
    expect(await scan({ ...file('a.csv'), bytes: 20 })).toBe(false);
    expect((await turn()).runs).toEqual([]);
    expect(await scan({ ...file('a.csv'), bytes: 20 })).toBe(true);
    expect((await turn()).runs).toHaveLength(1);
    expect(await scan({ ...file('a.csv'), bytes: 20 })).toBe(false);
    // A rename is a file with a new name.
    await scan({ ...file('b.csv'), bytes: 20 });
    expect(await scan({ ...file('b.csv'), bytes: 20 })).toBe(true);
    expect((await turn()).runs).toHaveLength(1);
    expect(await takeZonesToScan(db, { everyMs: 60_000, limit: 9 })).toEqual([]);
  });
});

describe('dependency', () => {
  const HOURLY = { kind: 'dependency', cron: '0 * * * *', timezone: 'UTC' } as const;
  const HOUR_MS = 3_600_000;
  /** No test reaches it. */
  const nextHour = Math.ceil((Date.now() + 300_000) / HOUR_MS) * HOUR_MS;
  const hour = (n: number, minutes = 0): Date =>
    new Date(nextHour + n * HOUR_MS + minutes * 60_000 + 500);

  test('a due time waits for all pipelines, and is missed with the names of those that were missing', async () => {
    const gold = await pipeline('gold');
    const other = await pipeline('other');
    const id = await trigger(gold, { ...HOURLY, pipelines: [text(ORDERS), text(other)] });
    await turn();
    const runId = await succeed(ORDERS);
    expect((await turn(hour(0))).runs).toEqual([]);
    expect(await outcomes(id)).toEqual(['waiting waiting_inputs ×1']);
    expect((await turn(hour(1))).runs).toEqual([]);
    expect(await outcomes(id)).toEqual(['missed waiting_inputs ×1', 'waiting waiting_inputs ×1']);
    const { rows } = await db.pool.query(
      `SELECT detail -> 'missing' AS missing FROM firings WHERE outcome = 'missed'`,
    );
    expect(rows).toEqual([{ missing: [text(other)] }]);
    await db.pool.query(`UPDATE trigger_inputs SET latest_at = $1, run_id = $2`, [
      hour(0, 30),
      runId,
    ]);
    await db.pool.query(`UPDATE triggers SET fire_at = $1`, [hour(1, 5)]);
    expect((await turn(hour(1, 5))).runs).toHaveLength(1);
    expect(await outcomes(id)).toEqual(['missed waiting_inputs ×1', 'run ×1']);
    expect((await turn(hour(1, 10))).runs).toEqual([]);
  });

  test('a success after the due time starts the run that waits', async () => {
    const gold = await pipeline('gold');
    const id = await trigger(gold, { ...HOURLY, pipelines: [text(ORDERS)] });
    await turn();
    await db.pool.query(`UPDATE triggers SET decided_until = $1, fire_at = now()`, [
      new Date(Date.now() - 2 * HOUR_MS),
    ]);
    expect((await turn()).runs).toEqual([]);
    await succeed(ORDERS);
    expect((await turn()).runs).toHaveLength(1);
    expect(await outcomes(id)).toEqual(['run ×1']);
  });
});
