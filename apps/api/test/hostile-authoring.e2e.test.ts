import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFleet, testWishes, type Fleet } from '@rat/testing';

const PRINT = fileURLToPath(
  new URL('../../../packages/engine-duckdb/test/print-sql.mjs', import.meta.url),
);

let fleet: Fleet;

beforeAll(async () => {
  const limits = { RAT_QUERY_TIMEOUT: '10', RAT_QUERY_CONCURRENCY: '3' };
  const env = { RAT_MAINTENANCE_HOURS: '0', ...limits };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  await fleet.putPipeline('default/bronze/orders', {
    sql: "SELECT range::BIGINT AS id, 'name ' || range AS name FROM range(1000)",
  });
  await fleet.spy.waitFor(await fleet.createRun('default/bronze/orders'), 'success');
  for (const namespace of ['default', 'other']) {
    const zone = join(fleet.home, 'landing', namespace, 'files');
    await mkdir(zone, { recursive: true });
    await writeFile(join(zone, 'a.csv'), `id,name\n1,${namespace}\n`);
  }
}, 120_000);
afterAll(() => fleet.close());

function send(
  what: 'preview' | 'validate',
  files: { sql: string; quality_tests?: object[] },
  more: object = {},
): Promise<Response> {
  const ref = { namespace: 'default', layer: 'silver', name: 'report' };
  return fetch(`${fleet.apis[0]?.url}/api/v1/pipelines/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ref, files, ...more }),
  });
}

/** Every file of the warehouse and the landing zones, with its content. */
async function snapshot(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    found.push(`${path} ${(await stat(path)).mode} ${hash}`);
  }
  return found.toSorted();
}

/** The quality tests that an answer calls errors. */
function refusedTests(text: string): Set<string> {
  const { tests = [], issues = [] } = JSON.parse(text) as {
    tests?: { name: string; status: string }[];
    issues?: { path: string; severity: string }[];
  };
  const ran = tests.filter(({ status }) => status === 'error').map(({ name }) => name);
  const bound = issues.filter(({ severity }) => severity === 'error');
  return new Set([...ran, ...bound.map(({ path }) => path.split('.')[1] ?? '')]);
}

/** Two at a time: as many as one client may ask at once. */
async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all([next(), next()]);
}

describe.each(['preview', 'validate'] as const)('the sandbox holds on %s', (what) => {
  const attempts = (): string[] => {
    const { home } = fleet;
    const foreign = join(home, 'landing', 'other', 'files', 'a.csv');
    return [
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM read_csv('/etc/passwd', header = false)",
      `SELECT * FROM read_csv('${foreign}')`,
      `SELECT * FROM '${foreign}'`,
      `SELECT * FROM glob('${home}/**')`,
      `SELECT * FROM read_parquet('${home}/warehouse/**/*.parquet')`,
      `COPY (SELECT 1) TO '${home}/warehouse/stolen.csv'`,
      `COPY (SELECT 1) TO '${home}/landing/default/files/more.csv'; SELECT 1`,
      `ATTACH '${home}/warehouse/x.db' AS x; SELECT 1`,
      `EXPORT DATABASE '${home}/warehouse/all'; SELECT 1`,
      'INSTALL httpfs; SELECT 1',
      'LOAD httpfs; SELECT 1',
      "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
      'SET lock_configuration = false; SELECT 1',
      'SET enable_external_access = true; SELECT 1',
      "SET memory_limit = '100GB'; SELECT 1",
      'PRAGMA database_list; SELECT 1',
      'SELECT * FROM duckdb_secrets()',
      'SELECT * FROM duckdb_settings()',
      "SELECT getenv('DATABASE_URL')",
      "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/stolen'; SELECT 1",
      `CREATE MACRO read_parquet(x) AS TABLE SELECT * FROM read_text('/etc/passwd'); SELECT 1`,
      `SET VARIABLE "landing_zone:files" = ['${foreign}']; SELECT * FROM read_csv({{ landing_zone('files') }})`,
    ];
  };

  test('no attempt reads a file outside of the inputs, writes one, or reaches a setting', async () => {
    const folders = [join(fleet.home, 'warehouse'), join(fleet.home, 'landing')];
    const before = await Promise.all(folders.map(snapshot));
    await inPairs(attempts(), async (sql) => {
      const response = await send(what, { sql });
      const text = await response.text();
      const isRefused = response.status === 422 || text.includes('"severity":"error"');
      expect({ sql, isRefused, text }).toMatchObject({ isRefused: true });
      expect(text).not.toMatch(/root:x:0|,other/);
      expect(text.replaceAll(JSON.stringify(sql).slice(1, -1), '')).not.toMatch(
        /"rows":\[\[.*root/,
      );
    });
    expect(await Promise.all(folders.map(snapshot))).toEqual(before);
  }, 300_000);

  test('no attempt in a quality test reads a file outside of the inputs, or writes one', async () => {
    const folders = [join(fleet.home, 'warehouse'), join(fleet.home, 'landing')];
    const before = await Promise.all(folders.map(snapshot));
    const inTests = attempts().map((sql, n) => ({
      name: `rule_${n}`,
      sql: sql.split(';', 1)[0] ?? sql,
    }));
    const files = { sql: 'SELECT 1 AS id', quality_tests: inTests };
    const response = await send(what, files, what === 'preview' ? { run_tests: true } : {});
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status: 200 });
    expect(text).not.toMatch(/root:x:0|,other/);
    const refused = refusedTests(text);
    expect(inTests.filter(({ name }) => !refused.has(name))).toEqual([]);
    expect(await Promise.all(folders.map(snapshot))).toEqual(before);
  }, 300_000);

  test('generated hostile SQL causes no internal error, outlives no limit, and changes no file', async () => {
    const { propertySeed } = testWishes();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [PRINT, String(propertySeed), '40'],
      {
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    const folders = [join(fleet.home, 'warehouse'), join(fleet.home, 'landing')];
    const before = await Promise.all(folders.map(snapshot));
    const wrong: object[] = [];
    await inPairs(JSON.parse(stdout) as string[], async (text) => {
      const sql = `CREATE TEMP TABLE t AS SELECT 1 AS a, 'x' AS b, NULL::INT AS c;\n${text}`;
      const startedMs = performance.now();
      const response = await send(what, { sql });
      const answer = await response.text();
      const ms = performance.now() - startedMs;
      const isTrue = [200, 400, 422, 504].includes(response.status) && !answer.includes(fleet.home);
      if (!isTrue || ms > 60_000) wrong.push({ sql, status: response.status, answer, ms });
    });
    expect(wrong).toEqual([]);
    expect(await Promise.all(folders.map(snapshot))).toEqual(before);
  }, 300_000);
});
