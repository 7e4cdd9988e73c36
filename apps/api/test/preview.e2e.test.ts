import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bestOf, eventually, startFleet, type Fleet } from '@rat/testing';

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
  const zone = join(fleet.home, 'landing', 'default', 'files');
  await mkdir(zone, { recursive: true });
  await writeFile(join(zone, 'a.csv'), 'id,name\n1,default\n');
}, 120_000);
afterAll(() => fleet.close());

interface Asked {
  sql: string;
  config?: object | string;
  quality_tests?: object[];
}

function send(
  files: Asked,
  {
    name = 'report',
    signal,
    ...more
  }: { name?: string; signal?: AbortSignal; [key: string]: unknown } = {},
): Promise<Response> {
  const ref = { namespace: 'default', layer: 'silver', name };
  return fetch(`${fleet.apis[0]?.url}/api/v1/pipelines/preview`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ref, files, ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function preview(files: Asked, more: Parameters<typeof send>[1] = {}) {
  const response = await send(files, more);
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
    expect((await send({ sql }, { sample_files: large })).status).toBe(400);
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
    const response = await send(files, { compare: true });
    expect(response.status).toBe(422);
    const { error } = (await response.json()) as { error: { issues: object[] } };
    expect(error.issues).toEqual([
      { ...place, message: expect.stringContaining('has no column nope'), severity: 'error' },
    ]);
  });

  test('of a mistake is a 422 with its place in the author’s file', async () => {
    const failed = await send({
      sql: `{# one\n two #}\nSELECT id,\n  nme FROM ${ORDERS}`,
    });
    expect(failed.status).toBe(422);
    expect(await failed.json()).toMatchObject({
      error: {
        issues: [{ path: 'sql', line: 4, column: 3, message: expect.stringContaining('nme') }],
      },
    });
    const missing = await send({ sql: "SELECT * FROM {{ ref('bronze.nowhere') }}" });
    expect(missing.status).toBe(422);
    expect(await missing.text()).toContain('default.bronze.nowhere does not exist');
    const template = await send({ sql: 'SELECT {{ nope }}' });
    expect(template.status).toBe(422);
  });

  test('that takes too long is a 504 within its limit', async () => {
    expect((await send({ sql: ENDLESS })).status).toBe(504);
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
      const asked = send({ sql: ENDLESS }, { signal: leaving.signal }).catch(() => 'left');
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
