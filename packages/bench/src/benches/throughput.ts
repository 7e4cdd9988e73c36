import { availableParallelism } from 'node:os';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient, type HttpClient } from '../http-client.ts';
import { alternate, inParallel, row, type Row } from '../measure.ts';

const CLIENTS = 16;
const SLOTS = 16;
const PIPELINES = 32;

/** The times at which runs end. */
export interface Ends {
  add: () => void;
  /** Resolves with the times of the next `count` ends, once the last one arrived. */
  expect: (count: number) => Promise<number[]>;
}

/** Collects the times of the ends that `add` reports. */
export function ends(): Ends {
  let heard: number[] = [];
  let target = Infinity;
  let reached = (_times: number[]): void => undefined;
  return {
    add: () => {
      heard.push(performance.now());
      if (heard.length === target) reached(heard);
    },
    expect: (count) => {
      heard = [];
      target = count;
      return new Promise((resolve) => (reached = resolve));
    },
  };
}

export async function putPipelines(fleet: BenchFleet): Promise<void> {
  for (let n = 0; n < PIPELINES; n += 1) {
    await fleet.putPipeline(`default/silver/bench_${n}`, {
      sql: 'SELECT 1 AS n',
      config: { concurrency: { limit: 16 } },
    });
  }
}

/** Runs per second, from the first POST to the last run's end. */
async function runsPerSecond(
  fleet: BenchFleet,
  http: HttpClient,
  successes: Ends,
  count: number,
): Promise<number> {
  const began = performance.now();
  await executeRuns(fleet, http, successes, count);
  return (count * 1_000) / (performance.now() - began);
}

/** Requests `count` runs at once; resolves when all have ended. */
export async function executeRuns(
  fleet: BenchFleet,
  http: HttpClient,
  successes: Ends,
  count: number,
): Promise<number[]> {
  const all = successes.expect(count);
  await inParallel(CLIENTS, count, (n) =>
    http.post(fleet.url('/runs'), {
      namespace: 'default',
      layer: 'silver',
      pipeline: `bench_${n % PIPELINES}`,
    }),
  );
  return all;
}

export const throughput: Bench = {
  name: 'throughput',
  measures: 'durable runs without work, `POST` → `success`: three commits and a stream each',
  against: 'a loop of three commits and one BullMQ job',
  run: async ({ quick }) => {
    const rows: Row[] = [];
    for (const runners of [1, 3]) {
      const { ours, baseline } = await withFleet({}, (fleet) => compare(fleet, runners, quick));
      const what = `${runners} runner${runners > 1 ? 's' : ''}`;
      rows.push(
        row({ what, unit: 'runs/s', ours, baseline, goals: [{ of: 'ratio', atLeast: 0.6 }] }),
        row({
          what: `${what}, each core`,
          unit: 'runs/s',
          ours: ours.map((rate) => rate / availableParallelism()),
        }),
      );
    }
    return rows;
  },
};

async function compare(
  fleet: BenchFleet,
  runners: number,
  quick: boolean,
): Promise<{ ours: number[]; baseline: number[] }> {
  await putPipelines(fleet);
  const queueName = `${fleet.prefix}_bare`;
  const pool = new pg.Pool({ connectionString: fleet.databaseUrl, max: 10 });
  // Dropping the database cuts sessions that the pool closed but the server did not yet.
  pool.on('error', () => undefined);
  await pool.query('CREATE TABLE bare_jobs (id bigserial PRIMARY KEY, status text NOT NULL)');
  for (let n = 0; n < runners; n += 1) {
    const slots = String(SLOTS);
    const program = { QUEUE: queueName, CONCURRENCY: slots, COMMITS: '2' };
    await fleet.startProgram('bare-worker', program);
    await fleet.startProgram('simulated-runner', { NAME: `s${n}`, SLOTS: slots, WORK_MS: '0' });
  }
  const connection = new Redis(fleet.redisUrl);
  const queue = new Queue(queueName, { connection });
  const http = openHttpClient(CLIENTS);
  const successes = ends();
  const jobs = ends();
  const silences = [
    await fleet.onHint(
      (hint) => hint.kind === 'moved' && hint.status === 'success' && successes.add(),
    ),
    await fleet.hears(queueName, jobs.add),
  ];
  const count = quick ? 200 : 600;
  const bareLoop = async (): Promise<number> => {
    const began = performance.now();
    const all = jobs.expect(count);
    await inParallel(CLIENTS, count, async () => {
      const made = await pool.query<{ id: string }>({
        name: 'insert',
        text: `INSERT INTO bare_jobs (status) VALUES ('pending') RETURNING id`,
      });
      const options = { removeOnComplete: { count: 1_000 } };
      await queue.add('job', { id: made.rows[0]?.id }, options);
    });
    await all;
    return (count * 1_000) / (performance.now() - began);
  };
  try {
    return await alternate({
      rounds: quick ? 3 : 7,
      sides: { ours: () => runsPerSecond(fleet, http, successes, count), baseline: bareLoop },
    });
  } finally {
    for (const silence of silences) silence();
    http.close();
    await queue.close();
    connection.disconnect();
    await pool.end();
  }
}
