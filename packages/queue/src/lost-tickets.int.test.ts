import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { RunTicket } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import {
  claimNext,
  claimRun,
  completeRun,
  createRun,
  openDatabase,
  putPipeline,
  settleAttempt,
  takeOverdueTickets,
  type Database,
} from '@rat/store';
import { backends, createTestDatabase, eventually, Gate, testRedisUrl } from '@rat/testing';
import { Redis } from 'ioredis';
import pg from 'pg';
import { migrateQueue, openRunQueue, openRunWorker, type RunQueue } from './index.ts';

const log = createLogger('test', { level: 'silent' });

const LIGHT = { namespace: 'default', layer: 'silver', name: 'light' } as const;
const HEAVY = { namespace: 'default', layer: 'silver', name: 'heavy' } as const;

/** Longer than any repair takes. A lock expires after 30 s, but no repair may wait for that. */
const WITHIN_MS = 20_000;

/** How many scenarios run in parallel. */
const AT_ONCE = 6;

/** One key or row of the queue’s service, with a name for its role. */
interface Part {
  name: string;
  lose: () => Promise<void>;
}

interface Scenario {
  parts: () => Promise<Part[]>;
  /**
   * Lets the runs end, runs rescue until all have ended, and returns the runs that were executed
   * twice.
   */
  finish: () => Promise<string[]>;
  close: () => Promise<void>;
}

/** A queue with tickets in every state and in two pools: completed, failed, active, waiting, delayed. */
async function fillQueue(backend: 'redis' | 'postgres'): Promise<Scenario> {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, maxConnections: 4, applicationName: 'test', log });
  const url = (backend === 'redis' ? testRedisUrl() : undefined) ?? database.url;
  const connection = { kind: backend, url };
  await migrateQueue(connection);
  const prefix = `test_${randomUUID().slice(0, 8)}`;
  for (const [table, pool] of [
    [LIGHT, 'default'],
    [HEAVY, 'heavy'],
  ] as const) {
    const config = { pool, concurrency: { limit: 100 } };
    await putPipeline(db, table, { sql: 'SELECT 1', config, qualityTests: [], contentHash: pool });
  }
  const queue = openRunQueue({ connection, prefix, log });
  const roles = new Map<string, string>();
  const create = async (role: string, pipeline: PipelineRef): Promise<string> => {
    const { id } = await createRun(db, { pipeline, trigger: { kind: 'manual' } });
    roles.set(id, role);
    return id;
  };
  const executed: string[] = [];
  const gate = new Gate();
  const process = async (ticket: RunTicket, pool: string): Promise<void> => {
    const isFirst = executed.length === 1;
    if (roles.get(ticket.runId) === 'spent' && isFirst) throw new Error('postgres is away');
    const run = await claimNext(db, { ...ticket, pool }, { runnerId: 'r', leaseMs: 60_000 });
    if (run === undefined) return;
    const { id: runId, attempt } = run;
    executed.push(`${roles.get(runId)}-${attempt}`);
    if (roles.get(runId) !== 'done') await gate.opened;
    await completeRun(db, { runId, attempt }, { quality: [] }, []);
  };
  const pools = ['default', 'heavy'];
  const worker = openRunWorker({
    connection,
    prefix,
    name: 'r',
    concurrency: 1,
    pools,
    process: (ticket, { pool }) => process(ticket, pool).then(() => undefined),
    log,
  });
  const enqueue = (runId: string, pool = 'default', attempt = 1): Promise<void> =>
    queue.enqueue({ runId, attempt, pool });
  const statusOf = async (id: string): Promise<unknown> =>
    (await db.pool.query('SELECT status FROM runs WHERE id = $1', [id])).rows[0]?.status;

  const done = await create('done', LIGHT);
  await eventually('the first ticket is enqueued', () => enqueue(done).then(() => true));
  await eventually('the first run ends', async () => (await statusOf(done)) === 'success');
  const spent = await create('spent', LIGHT);
  await enqueue(spent);
  await eventually('a ticket fails', async () =>
    (await queue.bullQueue.getFailed()).some((job) => job.id === `${spent}-1`),
  );
  const active = [await create('active', LIGHT), await create('active-heavy', HEAVY)];
  await Promise.all([enqueue(active[0] ?? ''), enqueue(active[1] ?? '', 'heavy')]);
  for (const id of active)
    await eventually('it runs', async () => (await statusOf(id)) === 'running');
  for (const role of ['first', 'second']) await enqueue(await create(role, LIGHT));
  await enqueue(await create('first-heavy', HEAVY), 'heavy');
  await delayRun(db, queue, await create('delayed', LIGHT));
  return {
    parts: () => (backend === 'redis' ? redisParts(url, prefix, roles) : tableParts(url, roles)),
    finish: async () => {
      gate.open();
      await eventually(
        'every run ends',
        async () => {
          const due = await takeOverdueTickets(db, { olderThanMs: 100, limit: 100 });
          if (due.length > 0) await queue.reenqueue(due);
          const left = await db.pool.query(`SELECT id FROM runs WHERE status <> 'success'`);
          if (left.rows.length === 0) return true;
          throw new Error(`left: ${left.rows.map(({ id }) => roles.get(id)).join(', ')}`);
        },
        WITHIN_MS,
      );
      return executed.filter((one, i) => executed.indexOf(one) !== i);
    },
    close: async () => {
      gate.open();
      await Promise.all([worker.close(1_000), queue.close()]);
      await db.close();
      await database.close();
    },
  };
}

/** A run whose first attempt failed, with the ticket of its second one delayed. */
async function delayRun(db: Database, queue: RunQueue, runId: string): Promise<void> {
  await claimRun(db, { runId, attempt: 1 }, { runnerId: 'other', leaseMs: 60_000 });
  const failure = { code: 'storage_unavailable', message: 'away', phase: 'write' } as const;
  const retry = { kind: 'retry', failure, delayMs: 2_000 } as const;
  await settleAttempt(db, { runId, attempt: 1 }, retry, []);
  await queue.enqueue({ runId, attempt: 2 }, 2_000);
}

/** Every key of the installation, with the runs' ids replaced by their roles. */
async function redisParts(
  url: string,
  prefix: string,
  roles: ReadonlyMap<string, string>,
): Promise<Part[]> {
  const client = new Redis(url);
  try {
    const keys = await client.keys(`${prefix}:*`);
    return keys.map((key) => ({
      name: withRoles(key.slice(prefix.length + 1), roles),
      lose: async () => {
        const deleting = new Redis(url);
        await deleting.del(key);
        deleting.disconnect();
      },
    }));
  } finally {
    client.disconnect();
  }
}

/** Every row of the queue's table of jobs, and each of its other tables that holds something. */
async function tableParts(url: string, roles: ReadonlyMap<string, string>): Promise<Part[]> {
  const ask = async <T extends pg.QueryResultRow>(sql: string): Promise<T[]> => {
    const client = new pg.Client({ connectionString: url, options: '-c search_path=bullmq' });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const jobs = await ask<{ queue: string; id: string }>('SELECT queue, id FROM job');
  const rows = jobs.map(({ queue, id }) => ({
    name: withRoles(`${queue}:${id}`, roles),
    lose: async () => {
      await ask(`DELETE FROM job WHERE queue = '${queue}' AND id = '${id}'`);
    },
  }));
  const tables = ['meta', 'event', 'job'].map((table) => ({
    name: table,
    lose: async () => {
      await ask(`DELETE FROM ${table}`);
    },
  }));
  return [...rows, ...tables];
}

function withRoles(name: string, roles: ReadonlyMap<string, string>): string {
  return [...roles].reduce((text, [id, role]) => text.replace(id, role), name);
}

describe.each(backends())('a queue on %s', (backend) => {
  const scenarios: Scenario[] = [];
  const open = async (): Promise<Scenario> => {
    const scenario = await fillQueue(backend);
    scenarios.push(scenario);
    return scenario;
  };
  afterEach(async () => {
    await Promise.all(scenarios.splice(0).map((one) => one.close()));
  });

  /** Loses those parts in a fresh queue, and returns the violations. */
  const loseFrom = async (name: string, isLost: (part: string) => boolean): Promise<string[]> => {
    const scenario = await open();
    try {
      const lost = (await scenario.parts()).filter((part) => isLost(part.name));
      await Promise.all(lost.map((part) => part.lose()));
      const twice = await scenario.finish();
      return twice.map((one) => `${name}: ${one} was executed twice`);
    } catch (error) {
      return [`${name}: ${String(error)}`];
    } finally {
      scenarios.splice(scenarios.indexOf(scenario), 1);
      await scenario.close();
    }
  };

  test('every run ends once after the queue’s service loses any single part of its data', async () => {
    const names = (await (await open()).parts()).map(({ name }) => name);
    const required =
      backend === 'redis'
        ? [
            'prioritized',
            'marker',
            'active',
            'delayed',
            'meta',
            'pc',
            'completed',
            'failed',
            'events',
          ]
        : [];
    expect(names).toEqual(expect.arrayContaining(required.map((one) => `runs:${one}`)));
    const wrong: string[][] = [];
    const left = [...new Set(names)];
    while (left.length > 0) {
      const some = left.splice(0, AT_ONCE);
      wrong.push(...(await Promise.all(some.map((name) => loseFrom(name, (one) => one === name)))));
    }
    expect(wrong.flat()).toEqual([]);
  }, 240_000);

  test.each([
    ['everything', () => true],
    ['all that is not a ticket', (name: string) => !/-\d/.test(name)],
    ['every ticket, and no list', (name: string) => /-\d/.test(name)],
    [
      'every second part',
      (() =>
        (
          (n) => () =>
            (n += 1) % 2 === 0
        )(0))(),
    ],
  ])(
    'loses %s, and every run ends once',
    async (name, isLost) => {
      expect(await loseFrom(name, isLost)).toEqual([]);
    },
    60_000,
  );
});
