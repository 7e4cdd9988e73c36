import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, type Fleet } from '@rat/testing';
import { readingOf, startReadingFleet } from './reading-fleet.ts';

let fleet: Fleet;
const { publish, query, send } = readingOf(() => fleet);

beforeAll(async () => {
  fleet = await startReadingFleet();
}, 60_000);
afterAll(() => fleet.close());

describe('the rows of a query', () => {
  const EXACT = `SELECT 9007199254740991 AS safe, 9007199254740993 AS long, sum(12.10) AS price,
      12345678901234567.5::DECIMAL(20, 1) AS "precise", {'n': 1::BIGINT} AS s, NULL AS none, 0.5::DOUBLE AS d`;
  const row = {
    safe: 9_007_199_254_740_991,
    long: '9007199254740993',
    price: 12.1,
    precise: '12345678901234567.5',
    s: { n: 1 },
    none: null,
    d: 0.5,
  };

  test('rows are objects, in which what a number holds exactly is a number', async () => {
    const { body } = await send('/query', { sql: EXACT });
    expect(body).toMatchObject({ rows: [row], row_count: 1, total_rows: 1 });
    expect(body.columns?.map(({ name }) => name)).toEqual(Object.keys(row));
    expect(await send('/query', { sql: EXACT, rows_as: 'objects' })).toMatchObject({
      body: { rows: [row] },
    });
  });

  test('rows are arrays without any loss for a client that asks for them', async () => {
    expect(await send('/query', { sql: EXACT, rows_as: 'arrays' })).toMatchObject({
      body: {
        rows: [
          [
            '9007199254740991',
            '9007199254740993',
            '12.10',
            '12345678901234567.5',
            { n: '1' },
            null,
            0.5,
          ],
        ],
        row_count: 1,
        total_rows: 1,
      },
    });
  });

  test('two columns of one name have two keys, which the columns name as well', async () => {
    const sql = 'SELECT 1 AS id, 2 AS id, 3 AS "ID"';
    const { body } = await send('/query', { sql });
    expect(body).toMatchObject({
      rows: [{ id: 1, id_1: 2, ID_2: 3 }],
      columns: [{ name: 'id' }, { name: 'id_1' }, { name: 'ID_2' }],
    });
    expect((await query(sql)).body.columns?.map(({ name }) => name)).toEqual(['id', 'id', 'ID']);
  });

  test('objects whose names would make the answer too large end before that', async () => {
    const name = 'n'.repeat(5_000);
    const { status, body } = await send('/query', {
      sql: `SELECT i AS ${name} FROM range(8000) t(i)`,
      limit: 8_000,
    });
    expect({ status, truncated: body.truncated }).toEqual({ status: 200, truncated: true });
    expect(body.row_count).toBe(body.rows?.length);
    expect(body.row_count).toBeGreaterThan(3_000);
    expect(body.row_count).toBeLessThan(4_000);
  });

  test('an empty namespace, which other clients send, is the default one', async () => {
    const sql = 'SELECT count(*) AS n FROM silver."daily-orders"';
    expect(await send('/query', { sql, namespace: '' })).toMatchObject({
      body: { rows: [{ n: 5 }] },
    });
    expect(await send('/query', { sql, namespace: ' ' })).toMatchObject({ status: 400 });
    expect(await send('/query', { sql, rows_as: 'maps' })).toMatchObject({ status: 400 });
  });
});

describe('a query', () => {
  test('a query finds a table by its name in any case, as the engine does', async () => {
    const sql =
      'SELECT count(T.N)::INT FROM GOLD.Totals t, "DEFAULT".Silver."Daily-Orders" LIMIT 1';
    expect(await query(sql)).toMatchObject({ status: 200, body: { rows: [[15]] } });
  });

  test('a namespace needs no quotes, although default is a word of SQL', async () => {
    const sql = `SELECT default.silver."daily-orders".id::INT AS id, 'default.gold.totals' AS t -- default.gold.none
      FROM default.silver."daily-orders" JOIN default.gold.totals USING (k) WHERE id = 4`;
    expect(await query(sql)).toMatchObject({ body: { rows: [[4, 'default.gold.totals']] } });
    const wrong = 'SELECT n FROM default.gold.totals t JOIN default.gold.totals u ON nope';
    const { status, body } = await query(wrong);
    expect(status).toBe(400);
    expect(body.error?.message).toContain('gold.totals t JOIN default.gold.totals u ON nope');
    expect(body.error?.issues).toMatchObject([{ line: 1, column: wrong.indexOf('nope') + 1 }]);
  });

  test('a pipeline, its tests and its preview read tables by the names that a query has', async () => {
    const sql = 'SELECT t.k, t.n FROM default.gold.totals AS t\nWHERE t.n > 0';
    const tests = [
      { name: 'known', sql: 'FROM default.gold.named ANTI JOIN default.gold.totals USING (k)' },
    ];
    const id = await publish('default/gold/named', sql, []);
    expect(await send(`/runs/${id}`)).toMatchObject({
      body: { input_snapshots: { 'default.gold.totals': expect.any(String) } },
    });
    const previewed = await send('/pipelines/preview', {
      ref: { namespace: 'default', layer: 'gold', name: 'named' },
      files: { sql, quality_tests: tests },
      run_tests: true,
    });
    expect(previewed).toMatchObject({
      status: 200,
      body: { tests: [{ name: 'known', status: 'passed' }] },
    });
    const checked = await send('/pipelines/validate', {
      ref: { namespace: 'default', layer: 'gold', name: 'named' },
      files: { sql: 'SELECT t.k FROM default.gold.totals AS t WHERE t.nope > 0' },
    });
    expect(checked).toMatchObject({
      body: { refs: ['default.gold.totals'], issues: [{ path: 'sql', line: 1, column: 48 }] },
    });
  });

  test('a query joins tables by their full and their short names', async () => {
    const { status, body } = await query(
      `SELECT o.k::INT AS k, n FROM "default".silver."daily-orders" o JOIN gold.totals t ON o.k = t.k
       WHERE o.id = 4`,
    );
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        columns: [
          { name: 'k', type: 'INTEGER' },
          { name: 'n', type: 'BIGINT' },
        ],
        rows: [[1, '2']],
      },
    });
  });

  test('a query reads the version that it names, of the table that has it', async () => {
    const before = await query('SELECT count(*)::INT FROM silver."daily-orders"');
    expect(before.body.rows).toEqual([[5]]);
    const violation = { name: 'never', sql: 'SELECT 1 FROM {{ this }}' };
    const failed = await publish('default/silver/daily-orders', 'SELECT 7 AS id, 8 AS k', [
      violation,
    ]);
    const branch = `run_${failed.replaceAll('-', '')}`;
    const sql =
      'SELECT (SELECT count(*)::INT FROM silver."daily-orders"), (SELECT count(*)::INT FROM gold.totals)';
    expect((await query(sql, { branch })).body.rows).toEqual([[1, 3]]);
    expect((await query(sql)).body.rows).toEqual([[5, 3]]);
    expect(await query(sql, { branch: 'nobody' })).toMatchObject({
      status: 400,
      body: { error: { message: 'no table of the query has the branch nobody' } },
    });
    expect(await query(sql, { branch, snapshot: '1' })).toMatchObject({ status: 400 });
  });

  test('an error of a query has its place', async () => {
    const { status, body } = await query('SELECT id,\n  nonsense FROM silver."daily-orders"');
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      issues: [{ line: 2, column: 3 }],
    });
    expect(body.error?.message).toContain('nonsense');
    const syntax = await query('SELECT id FRM silver."daily-orders"');
    expect(syntax).toMatchObject({ status: 400, body: { error: { issues: [{ line: 1 }] } } });
    expect((await query('SELECT * FROM silver.none')).status).toBe(404);
    expect((await query('SELECT * FROM iron.none')).body.error?.message).toContain('layer bronze');
  });

  test.each([
    'DELETE FROM silver."daily-orders"',
    'CREATE TABLE t AS SELECT 1',
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "ATTACH '/tmp/x.db'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    'SET threads = 1',
    'SELECT sql FROM duckdb_views()',
    "SELECT current_setting('temp_directory')",
    'SELECT * FROM information_schema.views',
    'SELECT * FROM pg_settings',
    'SELECT sql FROM duckdb_views, silver."daily-orders" WHERE NOT internal',
    'SELECT sql FROM sqlite_master',
    'SELECT current_query()',
    `SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM duckdb_settings()'))`,
    `SELECT * FROM json_execute_serialized_sql('{"error":false,"statements":[]}')`,
    'SELECT * FROM arrow_scan(1, 2, 3)',
    `SELECT json_deserialize_sql('{"error":false,"statements":[{"node":{}}]}')`,
    "FROM enable_logging('QueryLog', storage='file', storage_path='/tmp/x')",
    "FROM enable_profiling(format='json', save_location='/tmp/x.json')",
    "FROM histogram('pg_' || 'settings', name)",
    "SELECT * FROM query('SELECT 1')",
    'SELECT 1; SELECT 2',
    '-- nothing',
  ])('a query changes nothing and reads no file: %s', async (sql) => {
    const { status, body } = await query(sql);
    expect(status).toBe(400);
    expect(body.error?.message).not.toContain(fleet.home);
  });

  test('a query returns no more rows than its limit, and marks the answer as truncated', async () => {
    const { body } = await query('SELECT i FROM range(1000000000000) r(i)', { limit: 10 });
    expect(body).toMatchObject({ row_count: 10, truncated: true });
  });

  test('a query of huge cells ends at the size limit of an answer', async () => {
    const { status, body } = await query("SELECT repeat('x', 1000000) FROM range(100)");
    expect(status).toBe(200);
    expect(body).toMatchObject({ truncated: true });
    expect(body.row_count).toBeLessThan(20);
  });

  test('a query that does not end is stopped at its time limit, and when its client disconnects', async () => {
    const endless = 'SELECT count(*) FROM range(3000000) a, range(3000000) b';
    expect(await query(endless)).toMatchObject({
      status: 504,
      body: { error: { code: 'DEADLINE_EXCEEDED', type: 'TIMEOUT' } },
    });
    // One client may use one of the two places: its second query waits for it, and is then refused.
    const hangUp = new AbortController();
    const two = [1, 2].map(() => send('/query', { sql: endless }, hangUp.signal));
    // A preview is neither refused nor delayed.
    expect((await send('/tables/default/silver/daily-orders/preview')).status).toBe(200);
    expect((await Promise.race(two)).body.error?.code).toBe('RESOURCE_EXHAUSTED');
    hangUp.abort();
    const ends = (await Promise.allSettled(two)).map(({ status }) => status);
    expect(ends.filter((status) => status === 'rejected')).toHaveLength(1);
    const free = await eventually('a place is free again', async () => {
      const answer = await query('SELECT 1 AS one');
      return answer.status === 429 ? undefined : answer;
    });
    expect(free.body.rows).toEqual([[1]]);
  });

  test('a query that needs more memory than it may use fails alone', async () => {
    const { status, body } = await query('SELECT list(i) AS l FROM range(50000000) r(i)');
    expect(status).toBe(400);
    expect(body.error?.message).toContain('memory');
  });
});

test('a runner refuses requests without its key', async () => {
  const [endpoint] = await fleet.query<{ door_url: string }>('SELECT door_url FROM runners');
  const answer = await fetch(`${endpoint?.door_url}/list-tables`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(401);
});

test('the API skips a runner whose address no longer answers', async () => {
  const dead = createServer();
  await new Promise<void>((resolve) => void dead.listen(0, '127.0.0.1', resolve));
  const address = dead.address();
  await new Promise<void>((resolve) => void dead.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  for (let n = 0; n < 5; n += 1) {
    await fleet.query(
      `INSERT INTO runners (id, host, pid, slots, started_at, heartbeat_at, door_url, door_key)
       VALUES ('dead-${n}', 'h', 1, 1, now(), now(), 'http://127.0.0.1:${address.port}', 'k')`,
    );
  }
  for (let n = 0; n < 5; n += 1) expect((await query('SELECT 1')).status).toBe(200);
});
