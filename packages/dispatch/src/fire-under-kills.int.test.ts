import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PipelineRef, ScheduleSettings } from '@rat/domain';
import { chooseQueueConnection, migrateQueue, openRunQueue } from '@rat/queue';
import { createLogger, waitFor } from '@rat/runtime';
import { putPipeline, putSchedule } from '@rat/store';
import {
  backends,
  eventually,
  openStoreFixture,
  startNode,
  testRedisUrl,
  testWishes,
  type ServiceProcess,
  type StoreFixture,
} from '@rat/testing';
import { planFirings } from './plan-firings.ts';

const REPLICAS = 10;
const SCHEDULES = 100;
const EVERY_SECONDS = 10;

/** 10,000 due times in the long mode; a fifth of them otherwise. */
const TIMES = testWishes().full ? 100 : 20;

/** Simulated seconds a second: the due times come as fast as ten replicas on two cores fire them. */
const SPEED = 10;

/** A frozen replica keeps its locks for longer than its session may be idle, or for less. */
const FROZEN_MS = [500, 6_500];
const KILL_EVERY_MS = 1_500;
const WITHIN_MS = 150_000;

const SETTINGS: ScheduleSettings = {
  rhythm: { kind: 'interval', everySeconds: EVERY_SECONDS, offsetSeconds: 0 },
  timezone: 'UTC',
  jitterSeconds: 0,
  startsAt: undefined,
  endsAt: undefined,
  overlap: 'inherit',
  catchUp: 'all',
  catchUpWindowSeconds: 604_800,
  intervalMode: 'previous',
  maxFailures: undefined,
  priority: 0,
  expiresInSeconds: undefined,
  params: undefined,
};

let fixture: StoreFixture;
const replicas: ServiceProcess[] = [];
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(async () => {
  for (const replica of replicas) replica.kill('SIGKILL');
  await Promise.all(replicas.splice(0).map((replica) => replica.exited));
  await fixture.close();
});

/** The schedules of ten pipelines, which have decided every time up to the returned one. */
async function makeSchedules(): Promise<Date> {
  const pipelines: PipelineRef[] = [];
  for (let n = 0; n < SCHEDULES / 10; n += 1) {
    const pipeline: PipelineRef = { namespace: 'default', layer: 'gold', name: `p${n}` };
    const content = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [], contentHash: `p${n}` };
    await putPipeline(fixture.db, pipeline, content);
    pipelines.push(pipeline);
  }
  for (const [n, pipeline] of pipelines.entries()) {
    for (let of = 0; of < 10; of += 1) {
      const place = { pipeline, name: `s${n}-${of}` };
      await putSchedule(fixture.db, place, { settings: SETTINGS }, { plan: planFirings });
    }
  }
  const everyMs = EVERY_SECONDS * 1_000;
  const begin = new Date(Math.ceil(Date.now() / everyMs) * everyMs);
  await fixture.db.pool.query(
    `UPDATE schedules SET decided_until = $1, next_for = $1::timestamptz + interval '10 s', fire_at = $1::timestamptz + interval '10 s'`,
    [begin],
  );
  return begin;
}

interface Counted {
  firings: number;
  times: number;
  runs: number;
  doubled: number;
  orphans: number;
}

async function countAll(): Promise<Counted | undefined> {
  const { rows } = await fixture.db.pool.query<Counted>(`SELECT
      (SELECT count(*)::int FROM firings WHERE outcome = 'run' AND count = 1) AS firings,
      (SELECT count(DISTINCT (source_id, scheduled_for))::int FROM firings) AS times,
      (SELECT count(*)::int FROM runs WHERE source_id IS NOT NULL) AS runs,
      (SELECT count(*)::int FROM (
        SELECT firing_id FROM runs GROUP BY firing_id HAVING count(*) > 1
      ) twice) AS doubled,
      (SELECT count(*)::int FROM runs r WHERE NOT EXISTS (
        SELECT 1 FROM firings f WHERE f.run_id = r.id AND f.id = r.firing_id AND f.source_id = r.source_id
      )) AS orphans`);
  return rows[0];
}

describe.each(backends())('on %s', (backend) => {
  test('ten replicas that are killed and frozen at random make one firing and one run of every due time', async () => {
    const begin = await makeSchedules();
    const end = begin.getTime() + TIMES * EVERY_SECONDS * 1_000;
    const prefix = `fire_${randomBytes(4).toString('hex')}`;
    const redisUrl = backend === 'redis' ? testRedisUrl() : undefined;
    const connection = chooseQueueConnection({ redisUrl, databaseUrl: fixture.url });
    await migrateQueue(connection);
    // The clock starts once every replica fires.
    const startedMs = Date.now() + 5_000;
    const wishes = { url: fixture.url, redisUrl, prefix, baseMs: begin.getTime(), startedMs };
    const start = (): ServiceProcess =>
      startNode('packages/dispatch/test/fire-replica.mjs', {}, [
        JSON.stringify({ ...wishes, speed: SPEED, endMs: end }),
      ]);
    for (let n = 0; n < REPLICAS; n += 1) replicas.push(start());
    await Promise.all(replicas.map((one) => one.waitForLine(/^fires/, 60_000)));

    const over = new AbortController();
    const breaking = breakReplicas(over.signal, start);
    try {
      await eventually(
        'every due time is decided',
        async () => {
          const { rows } = await fixture.db.pool.query<{ left: number }>(
            'SELECT count(*)::int AS left FROM schedules WHERE decided_until < $1',
            [new Date(end)],
          );
          return rows[0]?.left === 0;
        },
        WITHIN_MS,
      );
    } finally {
      over.abort();
    }
    const { killed, frozen } = await breaking;
    expect(killed).toBeGreaterThan(2);
    expect(frozen).toBeGreaterThan(2);
    const expected = SCHEDULES * TIMES;
    expect(await countAll()).toEqual({
      firings: expected,
      times: expected,
      runs: expected,
      doubled: 0,
      orphans: 0,
    });
    const log = createLogger('test', { level: 'silent' });
    const queue = openRunQueue({ connection, prefix, log });
    try {
      await eventually('the queue holds tickets of the runs', async () => {
        const counts = Object.values(await queue.bullQueue.getJobCounts());
        return counts.some((count) => count > 0);
      });
    } finally {
      await queue.close();
    }
  }, 240_000);
});

/** Kills replicas and freezes others, again and again; each killed one is replaced. */
async function breakReplicas(
  signal: AbortSignal,
  start: () => ServiceProcess,
): Promise<{ killed: number; frozen: number }> {
  const count = { killed: 0, frozen: 0 };
  const kill = async (): Promise<void> => {
    while (await waitFor(KILL_EVERY_MS, signal)) {
      const n = count.killed % replicas.length;
      replicas[n]?.kill('SIGKILL');
      await replicas[n]?.exited;
      replicas[n] = start();
      count.killed += 1;
    }
  };
  const freeze = async (): Promise<void> => {
    while (!signal.aborted) {
      const victim = replicas[(count.frozen * 3 + 1) % replicas.length];
      victim?.kill('SIGSTOP');
      await waitFor(FROZEN_MS[count.frozen % 2] ?? 0, signal);
      victim?.kill('SIGCONT');
      count.frozen += 1;
    }
  };
  await Promise.all([kill(), freeze()]);
  return count;
}
