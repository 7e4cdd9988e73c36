import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

const SECRET = 'hunter2';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env: { RAT_LOG_LEVEL: 'debug' },
  });
}, 60_000);
afterAll(() => fleet.close());

async function run(path: string, sql: string, status: string): Promise<string> {
  await fleet.putPipeline(path, { sql });
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, status, 30_000);
  return id;
}

interface Line {
  level: string;
  phase: string;
  message: string;
}

async function lines(id: string): Promise<Line[]> {
  return ((await fleet.getJson(`/runs/${id}/logs`)) as { logs: Line[] }).logs;
}

test('neither the log of a run nor its error contains a secret or a local path of its SQL', async () => {
  const url = `https://user:${SECRET}@localhost/x.csv?token=${SECRET}`;
  const good = await run(
    'default/silver/careful',
    `CREATE TEMP TABLE t AS SELECT '${url}' AS u, '/home/alice/x.csv' AS p, 1 AS n;\nSELECT n FROM t`,
    'success',
  );
  const said = await lines(good);
  expect(JSON.stringify(said)).not.toMatch(/hunter2|alice/);
  expect(said.map(({ message }) => message).join('\n')).toContain(
    `SELECT 'https://***@localhost/x.csv?token=***' AS u, '<path>/x.csv' AS p`,
  );

  for (const source of [url, `/home/alice/${SECRET}/x.csv`]) {
    const bad = await run('default/silver/bad', `SELECT * FROM read_csv('${source}')`, 'failed');
    const view = await fleet.getJson(`/runs/${bad}`);
    expect(JSON.stringify([view, await lines(bad)])).not.toMatch(/hunter2|alice/);
  }
});

test('with the process log at debug, a run’s log has every statement, its warnings and its profile', async () => {
  await fleet.putPipeline('default/silver/measured', {
    sql: 'CREATE TEMP TABLE t AS\nSELECT list_transform([1], x -> x + 1) AS l;\nSELECT i AS n\nFROM range(1000) r(i), t',
    config: { merge_strategy: 'incremental', unique_key: 'n' },
    quality_tests: [{ name: 'few', sql: 'SELECT * FROM {{ this }}\nWHERE n > 1000' }],
  });
  const id = await fleet.createRun('default/silver/measured');
  await fleet.spy.waitFor(id, 'success', 30_000);

  const said = await lines(id);
  const find = (phase: string, level: string, part: RegExp): Line[] =>
    said.filter((one) => one.phase === phase && one.level === level && part.test(one.message));
  // DuckDB binds a statement more than once, and repeats its warnings.
  expect(find('build', 'warn', /^DuckDB warns: Deprecated lambda arrow/)).toHaveLength(1);
  expect(find('build', 'debug', /^CREATE TEMP TABLE t AS\nSELECT/)).toHaveLength(1);
  expect(find('build', 'debug', /^Profile: [\d.]+ ms in all,.*\n {2}.*CREATE/)).toHaveLength(1);
  // Statements of the merge itself are not part of the author's profile.
  expect(find('write', 'debug', /^Profile: (.*\n)*.*RANGE: 1000 rows, /)).toHaveLength(1);
  expect(find('quality', 'debug', /WHERE n > 1000$/)).toHaveLength(1);
  expect(find('quality', 'debug', /^Profile: (.*\n)*.*PARQUET.*: \d+ rows, /)).toHaveLength(1);
});
