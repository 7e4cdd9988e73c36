import pg from 'pg';

/**
 * The rows of one INSERT. Small enough that the alternate inserts of two connections keep time
 * order.
 */
const ROWS_A_STATEMENT = 100_000;

/** Indexes that are faster to build afterwards than to maintain row by row. */
const MADE_AFTERWARDS = `SELECT indexname AS name, indexdef AS made FROM pg_indexes
  WHERE schemaname = 'public' AND tablename = 'runs' AND indexname <> 'runs_pkey' AND indexdef NOT LIKE '%WHERE%'`;

/**
 * The folded result of the counting triggers. Each step adds up the fewer rows of the step before.
 */
const COUNT = `TRUNCATE run_counts, run_count_deltas;
  INSERT INTO run_counts (grain, since, namespace, layer, pipeline, status, runs)
  WITH hours AS MATERIALIZED (
    SELECT date_trunc('hour', created_at, 'UTC') AS since, namespace, layer, pipeline, status, count(*) AS runs
    FROM runs GROUP BY 1, 2, 3, 4, 5
  ), days AS MATERIALIZED (
    SELECT date_trunc('day', since, 'UTC') AS since, namespace, layer, pipeline, status, sum(runs) AS runs
    FROM hours GROUP BY 1, 2, 3, 4, 5
  ), single AS MATERIALIZED (
    SELECT 'hour' AS grain, * FROM hours UNION ALL SELECT 'day', * FROM days UNION ALL
    SELECT 'all', timestamptz 'epoch', namespace, layer, pipeline, status, sum(runs) FROM days GROUP BY 3, 4, 5, 6
  ), layers AS MATERIALIZED (
    SELECT grain, since, namespace, layer, status, sum(runs) AS runs FROM single GROUP BY 1, 2, 3, 4, 5
  )
  SELECT * FROM single UNION ALL
  SELECT grain, since, scope.namespace, scope.layer, '', status, sum(runs)
  FROM layers CROSS JOIN LATERAL (VALUES ('', ''), (namespace, ''), ('', layer), (namespace, layer)) AS scope(namespace, layer)
  GROUP BY 1, 2, 3, 4, 6`;

/** Creates `names` pipelines in each layer. */
export async function seedPipelines(databaseUrl: string, names: number): Promise<void> {
  await withClients(databaseUrl, 1, (_clients, client) =>
    client.query(
      `WITH made AS (
         INSERT INTO pipelines (id, namespace, layer, name, current_version)
         SELECT gen_random_uuid(), 'default', (ARRAY['bronze', 'silver', 'gold'])[1 + n / ${names}], 'bench_' || n % ${names}, 1
         FROM generate_series(0, ${3 * names - 1}) n RETURNING id)
       INSERT INTO pipeline_versions (id, pipeline_id, version, sql, config, quality_tests, content_hash)
       SELECT gen_random_uuid(), id, 1, 'SELECT 1', '{}', '[]', 'x' FROM made`,
    ),
  );
}

/**
 * Replaces all runs by `runs` runs, spread evenly over all pipelines and over `days` until now. One
 * in a hundred failed, one was cancelled. The benchmarks measure reads, so no triggers fire: the
 * indexes are built afterwards, and the counts as the migrations build them.
 */
export async function seedRuns(
  databaseUrl: string,
  { runs, days }: { runs: number; days: number },
): Promise<void> {
  await withClients(databaseUrl, 2, async (clients, client) => {
    await client.query('TRUNCATE runs CASCADE');
    const { rows: indexes } = await client.query<{ name: string; made: string }>(MADE_AFTERWARDS);
    for (const { name } of indexes) await client.query(`DROP INDEX "${name}"`);
    const counted = await client.query<{ pipelines: number }>(
      'SELECT count(*)::int AS pipelines FROM pipelines',
    );
    const pipelines = counted.rows[0]?.pipelines ?? 0;
    const inserts: string[] = [];
    for (let from = 0; from < runs; from += ROWS_A_STATEMENT) {
      inserts.push(
        insertRuns(from, Math.min(from + ROWS_A_STATEMENT, runs), { runs, days, pipelines }),
      );
    }
    await shareOut(clients, inserts);
    await shareOut(clients, [...indexes.map(({ made }) => made), COUNT]);
    await client.query('VACUUM (ANALYZE) runs, run_counts');
    // Pending writes of the seeding must not fall into the measurement of lists.
    await client.query('CHECKPOINT');
  });
}

function insertRuns(
  from: number,
  to: number,
  { runs, days, pipelines }: { runs: number; days: number; pipelines: number },
): string {
  return `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, status, attempt, max_attempts,
      created_at, started_at, finished_at, duration_ms, rows_written, failure_code, error)
    SELECT uuidv7(at.at - clock_timestamp()), v.pipeline_id, v.id, p.namespace, p.layer, p.name, s.status, 1, 3,
      at.at, at.at + interval '1 s', at.at + interval '3 s', 2000, 100,
      CASE s.status WHEN 'failed' THEN 'sql_error' END, CASE s.status WHEN 'failed' THEN 'no such column' END
    FROM generate_series(${from}, ${to - 1}) n
    JOIN (SELECT *, row_number() OVER (ORDER BY layer, name) - 1 AS place FROM pipelines) p ON p.place = n % ${pipelines}
    JOIN pipeline_versions v ON v.pipeline_id = p.id
    CROSS JOIN LATERAL (SELECT now() - (${runs} - n) * interval '${days} days' / ${runs} AS at) at
    CROSS JOIN LATERAL (SELECT CASE (n + n / ${pipelines}) % 100 WHEN 1 THEN 'failed' WHEN 2 THEN 'cancelled' ELSE 'success' END AS status) s
    ORDER BY n`;
}

/** Runs each statement on the client that is free next. */
async function shareOut(
  clients: readonly pg.Client[],
  statements: readonly string[],
): Promise<void> {
  const rest = [...statements];
  const work = async (client: pg.Client): Promise<void> => {
    for (let sql = rest.shift(); sql !== undefined; sql = rest.shift()) await client.query(sql);
  };
  await Promise.all(clients.map(work));
}

/** `first` is the first of the clients. */
async function withClients<T>(
  databaseUrl: string,
  many: number,
  work: (clients: readonly pg.Client[], first: pg.Client) => Promise<T>,
): Promise<T> {
  const open = (): pg.Client => new pg.Client({ connectionString: databaseUrl });
  const first = open();
  const clients = [first, ...Array.from({ length: many - 1 }, open)];
  try {
    for (const client of clients) {
      await client.connect();
      await client.query(
        `SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'`,
      );
    }
    return await work(clients, first);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
