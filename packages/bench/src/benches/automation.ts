import pg from 'pg';
import { planFirings } from '@rat/dispatch';
import { createLogger } from '@rat/runtime';
import { fireSchedules, openDatabase } from '@rat/store';
import { eventually } from '@rat/testing';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient } from '../http-client.ts';
import { alternate, inParallel, row, timed, type Row } from '../measure.ts';
import { seedPipelines } from '../seed-runs.ts';

const RUN = { namespace: 'default', layer: 'silver', pipeline: 'bench' };
const PLACE = { namespace: 'default', layer: 'silver', name: 'bench' } as const;
const HOUR = 3_600;

/** The schedules become due so long after they were changed: the change itself takes a while. */
const AHEAD_SECONDS = 5;
const FIRED_WITHIN_MS = 120_000;

/** Schedules, triggers and webhooks: how late they fire, and what they cost others. */
export const automation: Bench = {
  name: 'automation',
  measures: 'schedules that are due, and triggers: how late they fire, and what that costs others',
  against: 'the same inserts without a product, an empty statement, a hint, and an Express route',
  run: async ({ quick }) => [
    ...(await measureDue(quick ? 1_000 : 10_000)),
    ...(await measureIdle(quick ? 10_000 : 100_000)),
    ...(await measureDownstream(quick ? 10 : 60)),
    ...(await measureWebhooks(quick)),
  ],
};

/** Copies a schedule that a request made, over all pipelines; none of them is due. */
async function copySchedules(fleet: BenchFleet, copies: number): Promise<void> {
  await seedPipelines(fleet.databaseUrl, 33);
  await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n' });
  await fleet.client().schedules.putOf({ ...PLACE, schedule: 'bench' }, { every_seconds: HOUR });
  await fleet.query(
    `INSERT INTO schedules
     SELECT (jsonb_populate_record(s, jsonb_build_object(
       'id', gen_random_uuid(), 'name', 'copy-' || n, 'pipeline_id', p.ids[1 + n % 99]
     ))).*
     FROM schedules s,
       (SELECT array_agg(id) AS ids FROM pipelines WHERE name LIKE 'bench_%') p,
       generate_series(1, ${copies}) n
     WHERE s.name = 'bench'`,
  );
  await fleet.query(`DELETE FROM schedules WHERE name = 'bench'`);
  await fleet.query('ANALYZE schedules');
}

/** All of them become due at once; an API process fires them, while a client requests runs at it. */
async function measureDue(schedules: number): Promise<Row[]> {
  return withFleet({}, async (fleet) => {
    await copySchedules(fleet, schedules);
    const http = openHttpClient(1);
    const post = (): Promise<number> => timed(() => http.post(fleet.url('/runs'), RUN));
    await inParallel(1, 50, post);
    const idle = await inParallel(1, 300, post);
    const bare = await insertBare(fleet.databaseUrl, schedules);
    const [due] = await fleet.query<{ at: string; offset: number }>(
      `SELECT at::text, extract(epoch FROM at)::int % ${HOUR} AS offset
       FROM (SELECT date_trunc('second', now()) + interval '${AHEAD_SECONDS} seconds' AS at) due`,
    );
    if (due === undefined) throw new Error('the database has no clock');
    await fleet.query(
      `UPDATE schedules SET
         decided_until = '${due.at}'::timestamptz - interval '1 second',
         offset_seconds = ${due.offset},
         next_for = '${due.at}',
         fire_at = '${due.at}'`,
    );
    const busy: number[] = [];
    const deadline = performance.now() + FIRED_WITHIN_MS;
    for (;;) {
      busy.push(await post());
      const [left] = await fleet.query<{ due: number }>(
        `SELECT count(*)::int AS due FROM schedules WHERE fire_at <= '${due.at}'`,
      );
      if (left?.due === 0) break;
      if (performance.now() > deadline) throw new Error(`${left?.due} schedules were not fired`);
    }
    const lags = await fleet.query<{ ms: number }>(
      `SELECT lag_ms AS ms FROM firings WHERE outcome = 'run'`,
    );
    http.close();
    if (lags.length !== schedules) throw new Error(`${lags.length} of ${schedules} have fired`);
    const idleP99 = idle.toSorted((a, b) => a - b)[Math.ceil(idle.length * 0.99) - 1] ?? 0;
    return [
      row({
        what: `${schedules} schedules due at once: lateness`,
        unit: 'ms',
        ours: lags.map(({ ms }) => ms),
        baseline: bare,
        goals: [{ of: 'p99', atMost: 10_000 }],
      }),
      row({
        what: '`POST /runs` meanwhile, against idle',
        unit: 'ms',
        ours: busy,
        baseline: idle,
        goals: [{ of: 'p99', atMost: Number((2 * idleP99).toFixed(1)) }],
      }),
    ];
  });
}

/** How long after the first one each of so many rows is stored, by batches of the same size and nothing else. */
async function insertBare(databaseUrl: string, rows: number): Promise<number[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('CREATE TABLE bare_firings (LIKE firings)');
    await client.query('CREATE TABLE bare_runs (LIKE runs)');
    const lags: number[] = [];
    const began = performance.now();
    for (let from = 0; from < rows; from += 200) {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO bare_firings (id, position, source_kind, source_id, dedupe_key, decided_at, outcome, count, last_at, depth, ancestors)
         SELECT gen_random_uuid(), n, 'schedule', gen_random_uuid(), 'at:' || n, now(), 'run', 1, now(), 0, '{}'
         FROM generate_series(1, 200) n`,
      );
      await client.query(
        `INSERT INTO bare_runs SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid()))).*
         FROM runs r, generate_series(1, 200) WHERE r.id = (SELECT id FROM runs LIMIT 1)`,
      );
      await client.query('COMMIT');
      const ms = performance.now() - began;
      lags.push(...Array.from({ length: 200 }, () => ms));
    }
    return lags;
  } finally {
    await client.end();
  }
}

/** A turn over schedules of which none is due, as each process takes it every two seconds. */
async function measureIdle(schedules: number): Promise<Row[]> {
  return withFleet({}, async (fleet) => {
    await copySchedules(fleet, schedules);
    const log = createLogger('bench', { level: 'silent' });
    const db = openDatabase({
      url: fleet.databaseUrl,
      maxConnections: 1,
      applicationName: 'bench',
      log,
    });
    try {
      const { ours, baseline } = await alternate({
        rounds: 300,
        sides: {
          ours: () => timed(() => fireSchedules(db, { plan: planFirings, limit: 200 })),
          baseline: () => timed(() => db.pool.query({ name: 'nothing', text: 'SELECT 1' })),
        },
      });
      return [
        row({
          what: `${schedules} idle schedules: a turn, with the way to Postgres`,
          unit: 'ms',
          ours,
          baseline,
          goals: [{ of: 'median', atMost: 1 }],
        }),
      ];
    } finally {
      await db.close();
    }
  });
}

/** From the end of a success to the run of a pipeline below it; both times are of Postgres's clock. */
async function measureDownstream(successes: number): Promise<Row[]> {
  return withFleet({ runners: 1 }, async (fleet) => {
    for (const name of ['bench', 'below'])
      await fleet.putPipeline(`default/silver/${name}`, { sql: 'SELECT 1 AS n' });
    const config = { pipelines: ['silver.bench'], per: 'run' };
    await fleet
      .client()
      .triggers.putOf(
        { ...PLACE, name: 'below', trigger: 'bench' },
        { kind: 'upstream', config, max_per_hour: 3_600 },
      );
    const heard = new Map<string, number>();
    const silence = await fleet.onHint((hint) => {
      if (hint.kind === 'moved' && hint.status === 'success') heard.set(hint.runId, Date.now());
    });
    const http = openHttpClient(1);
    const ours: number[] = [];
    const baseline: number[] = [];
    // The first one warms caches and compilers.
    for (let n = -1; n < successes; n += 1) {
      const { run_id: id } = await http.post<{ run_id: string }>(fleet.url('/runs'), RUN);
      const found = await eventually('the pipeline below has a run', async () => {
        const rows = await fleet.query<{ ended: Date; made: Date }>(
          `SELECT up.finished_at AS ended, down.created_at AS made
         FROM runs up
           JOIN firings f ON f.causes @> jsonb_build_array(jsonb_build_object('run_id', up.id::text))
           JOIN runs down ON down.id = f.run_id
         WHERE up.id = '${id}'`,
        );
        return rows[0];
      });
      if (n < 0) continue;
      ours.push(found.made.getTime() - found.ended.getTime());
      baseline.push(Math.max(1, (heard.get(id) ?? Number.NaN) - found.ended.getTime()));
    }
    silence();
    http.close();
    return [
      row({
        what: 'success → run of the pipeline below, against the hint of the success',
        unit: 'ms',
        ours,
        baseline,
        goals: [
          { of: 'median', atMost: 150 },
          { of: 'p99', atMost: 2_500 },
        ],
      }),
    ];
  });
}

/** A delivery, from the request to its 202. */
async function measureWebhooks(quick: boolean): Promise<Row[]> {
  return withFleet({}, async (fleet) => {
    await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n' });
    const secret = 'the-token-of-the-benchmark';
    const { id } = await fleet
      .client()
      .triggers.putOf(
        { ...PLACE, trigger: 'bench' },
        { kind: 'webhook', config: {}, secrets: [secret], max_per_hour: 3_600 },
      );
    const { port } = await fleet.startProgram('bare-express');
    const http = openHttpClient(1, { 'x-webhook-token': secret });
    const { ours, baseline } = await alternate({
      rounds: quick ? 50 : 600,
      sides: {
        ours: () => timed(() => http.post(fleet.url(`/webhooks/${id}`), {})),
        baseline: () => timed(() => http.post(`http://127.0.0.1:${port}/runs`, RUN)),
      },
    });
    http.close();
    return [
      row({
        what: 'a delivery to a webhook → 202',
        unit: 'ms',
        ours,
        baseline,
        goals: [{ of: 'p99', atMost: 25 }],
      }),
    ];
  });
}
