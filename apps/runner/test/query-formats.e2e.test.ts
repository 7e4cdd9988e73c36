import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSession } from '@rat/engine-duckdb/testing';
import { startFleet, type Fleet } from '@rat/testing';

const CSV = { accept: 'text/csv' };
const PARQUET = { accept: 'application/vnd.apache.parquet' };

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-formats-'));
  await fleet.putPipeline('default/silver/values', {
    sql: `SELECT i::BIGINT AS id, CASE WHEN i = 1 THEN NULL ELSE 'say "hi", ' || i END AS words,
      (i / 3.0)::DECIMAL(10, 4) AS amount, TIMESTAMP '2026-01-01' + to_hours(i) AS at, [i, i + 1] AS list
     FROM range(3) r(i) ORDER BY i`,
  });
  const id = await fleet.createRun('default/silver/values');
  await fleet.spy.waitFor(id, 'success');
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

function preview(search: string, headers: Record<string, string> = {}): Promise<Response> {
  const url = `${fleet.apis[0]?.url}/api/v1/tables/default/silver/values/preview${search}`;
  return fetch(url, { headers });
}

function query(
  sql: string,
  {
    search = '',
    headers = {},
    limit = 1_000,
  }: {
    search?: string;
    headers?: Record<string, string>;
    limit?: number;
  } = {},
): Promise<Response> {
  return fetch(`${fleet.apis[0]?.url}/api/v1/query${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ sql, limit }),
  });
}

/** The rows of a Parquet answer as text, and the types of its columns. */
async function readParquet(
  response: Response,
): Promise<{ types: (string | null | undefined)[]; rows: (string | null)[][] }> {
  const path = join(folder, `${randomUUID()}.parquet`);
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
  const session = await openSession({
    inputs: { tables: {}, fileLists: {}, files: [path] },
    stagingDir: folder,
    tempDir: folder,
    memoryLimitMb: 128,
    tempLimitMb: 64,
    threads: 1,
  });
  try {
    const scan = `SELECT * FROM read_parquet('${path}')`;
    const described = await session.execute(`DESCRIBE ${scan}`);
    return { types: described.map(([, type]) => type), rows: await session.execute(scan) };
  } finally {
    await session.close();
  }
}

test('a preview answers CSV to a client that prefers it, with the number of rows', async () => {
  const response = await preview('?limit=2', CSV);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename=values.csv');
  expect(response.headers.get('result-rows')).toBe('2');
  expect(response.headers.get('result-truncated')).toBe('true');
  expect(await response.text()).toBe(
    [
      'id,words,amount,at,list',
      '0,"say ""hi"", 0",0.0000,2026-01-01 00:00:00,"[0, 1]"',
      '1,,0.3333,2026-01-01 01:00:00,"[1, 2]"',
      '',
    ].join('\n'),
  );
});

test('a query answers Parquet with every value in its own type', async () => {
  const sql = `SELECT id, words, amount, "at", list, id AS "ID", (id * 9007199254740993)::HUGEINT AS big,
      INTERVAL 1 DAY AS span, NULL AS nothing
    FROM silver.values ORDER BY id DESC`;
  const response = await query(sql, { headers: PARQUET });
  expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet');
  expect(response.headers.get('result-truncated')).toBe('false');
  const { types, rows } = await readParquet(response);
  expect(types).toEqual([
    'BIGINT',
    'VARCHAR',
    'DECIMAL(10,4)',
    'TIMESTAMP',
    'BIGINT[]',
    'BIGINT',
    'DECIMAL(38,0)',
    'VARCHAR',
    'INTEGER',
  ]);
  expect(rows.map(([id]) => id)).toEqual(['2', '1', '0']);
  expect(rows[1]?.slice(6)).toEqual(['9007199254740993', '1 day', null]);
});

test('a query and a preview answer a stream of Arrow, with the columns in their own types', async () => {
  const first = await preview('?limit=2', { accept: 'application/vnd.apache.arrow.stream' });
  expect(first.status).toBe(200);
  expect(first.headers.get('content-type')).toBe('application/vnd.apache.arrow.stream');
  expect(first.headers.get('content-disposition')).toBe('attachment; filename=values.arrows');
  expect(first.headers.get('result-rows')).toBe('2');
  expect(first.headers.get('result-truncated')).toBe('true');
  const bytes = Buffer.from(await first.arrayBuffer());
  expect(bytes.readInt32LE(0)).toBe(-1);
  expect(bytes.subarray(-8).toString('hex')).toBe('ffffffff00000000');
  for (const name of ['id', 'words', 'amount', 'at', 'list'])
    expect(bytes.includes(name)).toBe(true);
  expect(bytes.includes('say "hi", 0')).toBe(true);
  expect(bytes.includes('say "hi", 2')).toBe(false);

  // What no table can hold is text; two columns of one name have two.
  const odd = await query(
    `SELECT INTERVAL 1 DAY AS a, 5::HUGEINT AS a, 1::UNION(n INT, s VARCHAR) AS u`,
    {
      search: '?format=arrow',
    },
  );
  const text = Buffer.from(await odd.arrayBuffer()).toString('latin1');
  expect(text).toContain('a_1');
  expect(text).toContain('1 day');
  const large = await query(`SELECT repeat('x', 1000000) AS t FROM range(20)`, {
    search: '?format=arrow',
  });
  expect(large.status).toBe(400);
  expect(await large.json()).toMatchObject({
    error: { message: expect.stringContaining('more than the 16 MB') },
  });
});

test('the parameter wins over Accept, and a client without a wish gets JSON', async () => {
  expect((await preview('?format=csv')).headers.get('content-type')).toContain('text/csv');
  const json = await preview('?format=json', { accept: '*/*' });
  expect(json.headers.get('content-type')).toContain('application/json');
  expect(await (await preview('')).json()).toMatchObject({ row_count: 3 });
  expect((await query('SELECT 1 AS n', { search: '?format=csv' })).headers.get('vary')).toContain(
    'Accept',
  );
  expect((await preview('?format=xml')).status).toBe(400);
  expect((await preview('', { accept: 'image/png' })).status).toBe(406);
});

test('a result without rows is a file with its columns', async () => {
  const none = 'SELECT id, words FROM silver.values WHERE false';
  expect(await (await query(none, { search: '?format=csv' })).text()).toBe('id,words\n');
  const { types, rows } = await readParquet(await query(none, { search: '?format=parquet' }));
  expect({ types, rows }).toEqual({ types: ['BIGINT', 'VARCHAR'], rows: [] });
});

test('mistakes are answered in JSON, also when the request wants another format', async () => {
  for (const sql of [
    'SELECT nope FROM silver.values',
    'EXPLAIN SELECT 1',
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT 1) TO '/tmp/x'; SELECT (1",
    'SELECT 1 AS n) AS t(c0) --',
    "COPY (SELECT 1) TO '/tmp/stolen.csv'",
  ]) {
    const response = await query(sql, { headers: PARQUET, search: '?format=parquet' });
    expect({ sql, status: response.status }).toEqual({ sql, status: 400 });
    expect(await response.json()).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  }
});

test('a file that is larger than an answer may be is refused', async () => {
  const sql =
    "SELECT string_agg(hash(i + j * 1000000)::VARCHAR, '') AS t FROM range(10000) r(i), range(200) s(j) GROUP BY j";
  const response = await query(sql, { search: '?format=csv' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining('more than the 16 MB') },
  });
});
