import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bestOf, eventually, startFleet, testWishes, type Fleet } from '@rat/testing';

const PRINT = fileURLToPath(
  new URL('../../../packages/engine-duckdb/test/print-sql.mjs', import.meta.url),
);
const ENDLESS = 'SELECT count(*) AS n FROM range(9000000000) a, range(9000000000) b';
const ORDERS = "{{ ref('bronze.orders') }}";

let fleet: Fleet;

beforeAll(async () => {
  // Long enough for a busy machine; the test of the limit itself waits for all of it.
  const limits = { RAT_QUERY_TIMEOUT: '10', RAT_QUERY_CONCURRENCY: '3' };
  const env = { RAT_MAINTENANCE_HOURS: '0', ...limits };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  await fleet.putPipeline('default/bronze/orders', {
    sql: "SELECT range::BIGINT AS id, 'name ' || range AS name FROM range(1000)",
  });
  await fleet.putPipeline('default/silver/known', {
    sql: `SELECT id, name FROM ${ORDERS} WHERE id < 10`,
    config: { merge_strategy: 'incremental', unique_key: 'id' },
  });
  for (const path of ['default/bronze/orders', 'default/silver/known']) {
    await fleet.spy.waitFor(await fleet.createRun(path), 'success');
  }
  for (const namespace of ['default', 'other']) {
    const zone = join(fleet.home, 'landing', namespace, 'files');
    await mkdir(zone, { recursive: true });
    await writeFile(join(zone, 'a.csv'), `id,name\n1,${namespace}\n`);
  }
}, 120_000);
afterAll(() => fleet.close());

interface Asked {
  sql: string;
  config?: object | string;
  quality_tests?: object[];
}

function send(
  what: 'preview' | 'validate',
  files: Asked,
  {
    name = 'report',
    signal,
    ...more
  }: { name?: string; signal?: AbortSignal; [key: string]: unknown } = {},
): Promise<Response> {
  const ref = { namespace: 'default', layer: 'silver', name };
  return fetch(`${fleet.apis[0]?.url}/api/v1/pipelines/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ref, files, ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function preview(files: Asked, more: Parameters<typeof send>[2] = {}) {
  const response = await send('preview', files, more);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as {
    columns: { name: string; type: string }[];
    rows: unknown[][];
    row_count: number | null;
    truncated: boolean;
    phases: { name: string }[];
    profile: string | null;
    warnings: string[];
    log: { message: string }[];
    tests: { name: string; status: string; violations: number | null }[];
    compare: Record<string, unknown> | null;
    input_snapshots: Record<string, string>;
  };
}

describe('a preview', () => {
  test('answers the first rows of a pipeline that is not stored, and publishes nothing', async () => {
    const answer = await preview(
      {
        sql: `CREATE TEMP TABLE t AS SELECT * FROM ${ORDERS};\nSELECT id, name FROM t ORDER BY id DESC`,
      },
      { limit: 2 },
    );
    expect(answer).toMatchObject({
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'name', type: 'VARCHAR' },
      ],
      rows: [
        ['999', 'name 999'],
        ['998', 'name 998'],
      ],
      truncated: true,
      profile: null,
      tests: [],
      compare: null,
    });
    // On a busy machine, counting the rows may take too long.
    expect([1_000, null]).toContain(answer.row_count);
    expect(Object.keys(answer.input_snapshots)).toEqual(['default.bronze.orders']);
    expect(answer.phases.map(({ name }) => name)).toEqual(['detect', 'build', 'preview', 'count']);
    expect(answer.log.map(({ message }) => message).join('\n')).toContain('CREATE TEMP TABLE t');
    expect(JSON.stringify(await fleet.getJson('/tables'))).not.toContain('report');
    expect(JSON.stringify(await fleet.getJson('/pipelines'))).not.toContain('report');
  });

  test('of all rows has their number, and the profile that was asked for', async () => {
    const answer = await preview({ sql: `SELECT count(*) AS n FROM ${ORDERS}` }, { explain: true });
    expect(answer).toMatchObject({ rows: [['1000']], row_count: 1, truncated: false });
    expect(answer.profile).toContain('rows read');
  });

  test('reads samples instead of the files of a landing zone, and the files of others', async () => {
    const sql = `SELECT name FROM read_csv('{{ landing_zone("files") }}')`;
    expect((await preview({ sql })).rows).toEqual([['default']]);
    const sample = { files: [{ name: 'b.csv', content: 'id,name\n7,sample\n' }] };
    expect((await preview({ sql }, { sample_files: sample })).rows).toEqual([['sample']]);
    const fresh = { nowhere: [{ name: 'b.csv', content: 'name\nnew\n' }] };
    const other = `SELECT name FROM read_csv({{ landing_zone('nowhere') }})`;
    expect((await preview({ sql: other }, { sample_files: fresh })).rows).toEqual([['new']]);
    const large = { files: [{ name: 'b.csv', content: 'x'.repeat(600_000) }] };
    expect((await send('preview', { sql }, { sample_files: large })).status).toBe(400);
  });

  test('says what each quality test would find', async () => {
    const answer = await preview(
      {
        sql: `SELECT id, name FROM ${ORDERS} WHERE id < 20`,
        config: { tests: [{ not_null: 'name' }] },
        quality_tests: [
          { name: 'small', sql: 'SELECT * FROM {{ this }} WHERE id > 17' },
          { name: 'broken', sql: 'SELECT nope FROM {{ this }}' },
        ],
      },
      { run_tests: true, limit: 1 },
    );
    expect(
      new Map(answer.tests.map(({ name, status, violations }) => [name, [status, violations]])),
    ).toEqual(
      new Map([
        ['broken', ['error', null]],
        ['not_null_name', ['passed', 0]],
        ['small', ['failed', 2]],
      ]),
    );
    expect(answer.rows).toHaveLength(1);
  });

  test('says what the table would gain, lose and change by its merge strategy', async () => {
    const sql = `SELECT id, CASE WHEN id = 3 THEN 'changed' ELSE name END AS name FROM ${ORDERS} WHERE id BETWEEN 2 AND 11`;
    const config = { merge_strategy: 'incremental', unique_key: 'id' };
    const merged = await preview({ sql, config }, { name: 'known', compare: true });
    expect(merged.compare).toMatchObject({
      strategy: 'incremental',
      keys: ['id'],
      gained: 2,
      lost: 0,
      changed: 1,
      columns: ['id', 'name'],
      samples: {
        changed: [{ before: ['3', 'name 3'], after: ['3', 'changed'] }],
        lost: [],
      },
    });
    const replaced = await preview({ sql }, { name: 'known', compare: true });
    expect(replaced.compare).toMatchObject({
      strategy: 'full_refresh',
      keys: [],
      gained: 3,
      lost: 3,
      changed: null,
    });
    const added = await preview(
      { sql, config: { merge_strategy: 'append_only' } },
      { name: 'unborn', compare: true },
    );
    expect(added.compare).toMatchObject({ gained: 10, lost: 0, changed: null });
  });

  test.each<[string, Asked, object]>([
    [
      'an annotation',
      { sql: '-- @merge_strategy: incremental\n-- @unique_key: nope\nSELECT 1 AS id' },
      { path: 'sql:@unique_key', line: 2, column: 4 },
    ],
    [
      'config.yaml',
      { sql: 'SELECT 1 AS id', config: 'description: x\npartition_by: nope\n' },
      { path: 'config.partition_by', line: 2, column: 1 },
    ],
    [
      'JSON',
      { sql: 'SELECT 1 AS id', config: { partition_by: 'nope' } },
      { path: 'config.partition_by' },
    ],
  ])('of a setting that its result refuses names the setting in %s', async (_, files, place) => {
    const response = await send('preview', files, { compare: true });
    expect(response.status).toBe(422);
    const { error } = (await response.json()) as { error: { issues: object[] } };
    expect(error.issues).toEqual([
      { ...place, message: expect.stringContaining('has no column nope'), severity: 'error' },
    ]);
  });

  test('of a mistake is a 422 with its place in the author’s file', async () => {
    const failed = await send('preview', {
      sql: `{# one\n two #}\nSELECT id,\n  nme FROM ${ORDERS}`,
    });
    expect(failed.status).toBe(422);
    expect(await failed.json()).toMatchObject({
      error: {
        issues: [{ path: 'sql', line: 4, column: 3, message: expect.stringContaining('nme') }],
      },
    });
    const missing = await send('preview', { sql: "SELECT * FROM {{ ref('bronze.nowhere') }}" });
    expect(missing.status).toBe(422);
    expect(await missing.text()).toContain('default.bronze.nowhere does not exist');
    const template = await send('preview', { sql: 'SELECT {{ nope }}' });
    expect(template.status).toBe(422);
  });

  test('that takes too long is a 504 within its limit', async () => {
    expect((await send('preview', { sql: ENDLESS })).status).toBe(504);
  }, 60_000);

  test('ends within 200 ms when its client leaves', async () => {
    const took = await bestOf({ times: 5, enough: 200 }, async () => {
      // The process that checked the pipelines of this fleet ends after 30 s.
      const [child] = await eventually(
        'only the process that is ready is left',
        async () => {
          const ready = await queryChildren();
          return ready.length === 1 ? ready : undefined;
        },
        45_000,
      );
      if (child === undefined) throw new Error('no process is ready');
      const idle = await cpuTicks(child);
      const leaving = new AbortController();
      const asked = send('preview', { sql: ENDLESS }, { signal: leaving.signal }).catch(
        () => 'left',
      );
      await eventually('it works', async () => (await cpuTicks(child)) > idle + 20, 60_000);
      leaving.abort();
      const leftMs = performance.now();
      expect(await asked).toBe('left');
      await eventually('it is gone', () => isGone(child));
      return performance.now() - leftMs;
    });
    expect(took).toBeLessThan(200);
  }, 300_000);
});

async function isGone(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text === '' || text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
}

/** The processes of this fleet's runner that answer queries. */
async function queryChildren(): Promise<number[]> {
  const found: number[] = [];
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') continue;
    parents.set(Number(name), Number(fields[1]));
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const isNode = (line.split('\0')[0] ?? '').endsWith('node');
    if (isNode && line.includes('query-child-main')) found.push(Number(name));
  }
  const runner = fleet.runners[0]?.pid ?? 0;
  const isOurs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
      if (at === runner) return true;
    }
    return false;
  };
  return found.filter(isOurs);
}

async function cpuTicks(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
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
