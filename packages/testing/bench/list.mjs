import pg from 'pg';
import { withFleet } from './bench-fleet.mjs';
import { openHttpClient } from './http-client.mjs';
import { alternate, row, timed } from './measure.mjs';

const MILLION = 1_000_000;
const PIPELINES = 200;

/** Runs are laid over this long, the newest now; one in a hundred failed or was cancelled, a few wait. */
const DAYS = 30;

export const list = {
  name: 'list',
  measures: '`GET /runs`, 50 runs with their exact total',
  against: 'the same page by index and nothing else',
  run: ({ quick }) =>
    withFleet({}, async (fleet) => {
      const pool = new pg.Pool({ connectionString: fleet.databaseUrl, max: 4 });
      pool.on('error', () => undefined);
      const http = openHttpClient(1);
      try {
        await seedPipelines(pool);
        const rows = [];
        const small = new Map();
        for (const [size, from, to] of quick
          ? [['1 M', 0, MILLION]]
          : [
              ['1 M', 0, MILLION],
              ['10 M', MILLION, 10 * MILLION],
            ]) {
          await seedRuns(pool, from, to);
          for (const [what, query] of Object.entries(await queries(http, fleet))) {
            const measured = await measure({ fleet, pool, http, quick }, query);
            const one = row({
              what: `${size} runs, ${what}`,
              unit: 'ms',
              ...measured,
              goals: [{ of: 'p95', atMost: 50 }],
            });
            if (from === 0) small.set(what, one.ours.median);
            else addGrowth(one, one.ours.median / small.get(what));
            rows.push(one);
          }
        }
        return rows;
      } finally {
        http.close();
        await pool.end();
      }
    }),
};

function addGrowth(one, growth) {
  one.goals.push({ goal: 'growth from 1 M ≤ 1.5 ×', value: growth, met: growth <= 1.5 });
}

/** Every filter, first and deep. The bare statement takes the same rows from the index that serves them. */
async function queries(http, fleet) {
  const day = (n) => new Date(Date.now() - n * 86_400_000).toISOString();
  const deep = async (filter, column) => {
    const { total } = await http.get(fleet.url(`/runs?limit=1&${filter}`));
    return [`${filter}&offset=${Math.floor(total / 2)}`, column];
  };
  const cursor = await cursorOf(http, fleet);
  return {
    'no filter': ['', 'true'],
    'no filter, half-way by offset': await deep('', 'true'),
    'no filter, page 100 by cursor': [`cursor=${cursor}`, 'true'],
    'by namespace': ['namespace=default', `namespace = 'default'`],
    'by layer': ['layer=gold', `layer = 'gold'`],
    'by pipeline': ['pipeline=bench_7', `pipeline = 'bench_7'`],
    'by address': [
      'namespace=default&layer=silver&pipeline=bench_7',
      `namespace = 'default' AND layer = 'silver' AND pipeline = 'bench_7'`,
    ],
    'by address, half-way by offset': await deep(
      'namespace=default&layer=silver&pipeline=bench_7',
      `namespace = 'default' AND layer = 'silver' AND pipeline = 'bench_7'`,
    ),
    'by status success': ['status=success', `status = 'success'`],
    'by status failed': ['status=failed', `status = 'failed'`],
    'by status failed, half-way by offset': await deep('status=failed', `status = 'failed'`),
    'by status and address': [
      'status=failed&namespace=default&layer=silver&pipeline=bench_7',
      `status = 'failed' AND namespace = 'default' AND layer = 'silver' AND pipeline = 'bench_7'`,
    ],
    'from a day ago': [`from=${day(1)}`, `created_at > '${day(1)}'`],
    'between 20 and 3 days ago': [
      `from=${day(20)}&to=${day(3)}`,
      `created_at > '${day(20)}' AND created_at < '${day(3)}'`,
    ],
    'by status, before a week ago': [
      `status=failed&to=${day(7)}`,
      `status = 'failed' AND created_at < '${day(7)}'`,
    ],
  };
}

async function cursorOf(http, fleet) {
  let cursor = '';
  for (let page = 0; page < 100; page += 1) {
    const answer = await http.get(fleet.url(`/runs?limit=50${cursor && `&cursor=${cursor}`}`));
    cursor = answer.next_cursor;
  }
  return cursor;
}

function measure({ fleet, pool, http, quick }, [query, where]) {
  const url = fleet.url(`/runs?limit=50&${query}`);
  const bare = `SELECT * FROM runs WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT 50`;
  return alternate({
    rounds: quick ? 15 : 40,
    sides: {
      ours: () => timed(() => http.get(url)),
      baseline: () => timed(() => pool.query(bare)),
    },
  });
}

async function seedPipelines(pool) {
  await pool.query(
    `WITH made AS (
       INSERT INTO pipelines (id, namespace, layer, name, current_version)
       SELECT gen_random_uuid(), 'default', (ARRAY['bronze', 'silver', 'gold'])[1 + n / ${PIPELINES}], 'bench_' || n % ${PIPELINES}, 1
       FROM generate_series(0, ${3 * PIPELINES - 1}) n RETURNING id)
     INSERT INTO pipeline_versions (id, pipeline_id, version, sql, config, quality_tests, content_hash)
     SELECT gen_random_uuid(), id, 1, 'SELECT 1', '{}', '[]', 'x' FROM made`,
  );
}

/**
 * As an installation of that age would have them. Their indexes are made anew afterwards, and their counts as the
 * migration makes them, for what is measured is reading.
 */
async function seedRuns(pool, from, to) {
  const client = await pool.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    const { rows: indexes } = await client.query(
      `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'runs' AND indexname <> 'runs_pkey' AND schemaname = 'public'`,
    );
    for (const { indexname } of indexes) await client.query(`DROP INDEX "${indexname}"`);
    for (let at = from; at < to; at += MILLION) {
      await client.query(
        `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, status, attempt, max_attempts,
           created_at, started_at, finished_at, duration_ms, rows_written, failure_code, error)
         SELECT gen_random_uuid(), p.id, v.id, p.namespace, p.layer, p.name,
           s.status, 1, 3, at.at, at.at + interval '1 s', at.at + interval '3 s', 2000, 100,
           CASE s.status WHEN 'failed' THEN 'sql_error' END, CASE s.status WHEN 'failed' THEN 'no such column' END
         FROM generate_series(${at}::bigint, ${at + MILLION - 1}) n
         JOIN (SELECT *, row_number() OVER (ORDER BY layer, name) - 1 AS place FROM pipelines) p ON p.place = n % ${3 * PIPELINES}
         JOIN pipeline_versions v ON v.pipeline_id = p.id
         CROSS JOIN LATERAL (SELECT now() - (n * 7919 % ${10 * MILLION}) * interval '${DAYS} days' / ${10 * MILLION} AS at) at
         CROSS JOIN LATERAL (SELECT CASE WHEN (n + n / 600) % 100 = 1 THEN 'failed' WHEN (n + n / 600) % 100 = 2 THEN 'cancelled' ELSE 'success' END AS status) s`,
      );
    }
    await client.query(`SET maintenance_work_mem = '1GB'`);
    for (const { indexdef } of indexes) await client.query(indexdef);
    await client.query('TRUNCATE run_counts, run_count_deltas');
    await client.query(
      `INSERT INTO run_counts (grain, since, namespace, layer, pipeline, status, runs)
       SELECT grain.name, CASE grain.name WHEN 'all' THEN timestamptz 'epoch' ELSE date_trunc(grain.name, hour, 'UTC') END,
         namespace, layer, pipeline, status, sum(runs)
       FROM (SELECT date_trunc('hour', created_at, 'UTC') AS hour, namespace, layer, pipeline, status, count(*) AS runs
             FROM runs GROUP BY 1, 2, 3, 4, 5) hours
       CROSS JOIN (VALUES ('hour'), ('day'), ('all')) AS grain(name) GROUP BY 1, 2, 3, 4, 5, 6`,
    );
    await client.query('RESET session_replication_role');
    await client.query('VACUUM (ANALYZE) runs, run_counts');
  } finally {
    client.release();
  }
}
