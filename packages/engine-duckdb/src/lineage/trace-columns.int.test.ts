import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { splitStatements } from '../sql/split-statements.ts';
import { inputRelation } from '../sandbox/definition-gate.ts';
import { traceColumns } from './trace-columns.ts';

const TABLES = {
  a: [
    { name: 'id', type: 'INTEGER' },
    { name: 'x', type: 'INTEGER' },
    { name: 'y', type: 'VARCHAR' },
    { name: 's', type: 'STRUCT(p INTEGER, q INTEGER)' },
    { name: 'l', type: 'INTEGER[]' },
    { name: 'ts', type: 'TIMESTAMP' },
  ],
  b: [
    { name: 'id', type: 'INTEGER' },
    { name: 'z', type: 'DECIMAL(18,2)' },
    { name: 'ts', type: 'TIMESTAMP' },
  ],
};

let tempDir: string;
beforeAll(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'rat-trace-'));
});
afterAll(() => rm(tempDir, { recursive: true }));

/** `{ n: 'a.x b.z' }`: these two are the origins of the column n. `@a` in the SQL is the input a. */
async function trace(sql: string): Promise<Record<string, string>> {
  const statements = splitStatements(
    sql.replaceAll(/@([ab])\b/g, (_all, name) => inputRelation(name)),
  );
  const result = statements.pop();
  if (result === undefined) throw new Error('no statement');
  const columns = await traceColumns({ tables: TABLES, statements, result, tempDir });
  return Object.fromEntries(
    columns.map(({ name, from }) => [
      name,
      from
        .map(({ table, column }) => `${table}.${column}`)
        .toSorted()
        .join(' '),
    ]),
  );
}

describe('the origins of an output column are exactly the input columns that its value is computed from', () => {
  test.each<[string, string, Record<string, string>]>([
    ['columns and constants', 'SELECT x, 1 AS one FROM @a', { x: 'a.x', one: '' }],
    ['an alias', 'SELECT x AS n FROM @a', { n: 'a.x' }],
    ['an expression', 'SELECT x + id AS n, upper(y) AS u FROM @a', { n: 'a.id a.x', u: 'a.y' }],
    ['a star', 'SELECT * FROM @b', { id: 'b.id', z: 'b.z', ts: 'b.ts' }],
    ['EXCLUDE', 'SELECT * EXCLUDE (ts) FROM @b', { id: 'b.id', z: 'b.z' }],
    ['REPLACE', 'SELECT * REPLACE (id + 1 AS ts) FROM @b', { id: 'b.id', z: 'b.z', ts: 'b.id' }],
    ['RENAME', 'SELECT * RENAME (z AS amount) FROM @b', { id: 'b.id', amount: 'b.z', ts: 'b.ts' }],
    ['COLUMNS()', `SELECT max(COLUMNS('^(id|z)$')) FROM @b`, { id: 'b.id', z: 'b.z' }],
    [
      'a join whose condition is no source',
      'SELECT y, z FROM @a JOIN @b ON @a.id = @b.id WHERE x > 1',
      { y: 'a.y', z: 'b.z' },
    ],
    [
      'USING in a full join, whose key is of both sides',
      'SELECT id, z FROM @a FULL JOIN @b USING (id)',
      { id: 'a.id b.id', z: 'b.z' },
    ],
    ['a cross product', 'SELECT x, z FROM @a, @b', { x: 'a.x', z: 'b.z' }],
    [
      'ASOF',
      'SELECT x, z FROM @a a ASOF JOIN @b b ON a.id = b.id AND a.ts >= b.ts',
      { x: 'a.x', z: 'b.z' },
    ],
    ['POSITIONAL', 'SELECT x, z FROM @a POSITIONAL JOIN @b', { x: 'a.x', z: 'b.z' }],
    ['a semi join', 'SELECT x FROM @a SEMI JOIN @b USING (id)', { x: 'a.x' }],
    [
      'groups and aggregates',
      'SELECT y, sum(x) AS n, count(*) AS c FROM @a GROUP BY y HAVING max(id) > 1',
      { y: 'a.y', n: 'a.x', c: '' },
    ],
    ['GROUP BY ALL', 'SELECT y, max(x) AS m FROM @a GROUP BY ALL', { y: 'a.y', m: 'a.x' }],
    [
      'ROLLUP',
      'SELECT y, id, sum(x) AS n FROM @a GROUP BY ROLLUP (y, id)',
      { y: 'a.y', id: 'a.id', n: 'a.x' },
    ],
    [
      'FILTER and an ordered aggregate',
      `SELECT sum(x) FILTER (WHERE y = 'p') AS n, string_agg(y, ',' ORDER BY id) AS t FROM @a`,
      { n: 'a.x a.y', t: 'a.id a.y' },
    ],
    ['DISTINCT', 'SELECT DISTINCT y FROM @a', { y: 'a.y' }],
    [
      'DISTINCT ON and an order',
      'SELECT DISTINCT ON (y) y, x FROM @a ORDER BY y, ts DESC',
      { y: 'a.y', x: 'a.x' },
    ],
    [
      'a window',
      'SELECT id, sum(x) OVER (PARTITION BY y ORDER BY ts) AS n FROM @a',
      { id: 'a.id', n: 'a.ts a.x a.y' },
    ],
    [
      'QUALIFY',
      'SELECT x FROM @a QUALIFY row_number() OVER (PARTITION BY y ORDER BY ts) = 1',
      { x: 'a.x' },
    ],
    [
      'CASE with its conditions',
      `SELECT CASE WHEN y = 'p' THEN x ELSE id END AS n FROM @a`,
      { n: 'a.id a.x a.y' },
    ],
    [
      'a common table expression that is used twice',
      'WITH t AS (SELECT id, x + 1 AS n FROM @a) SELECT p.n, q.n AS m FROM t p JOIN t q USING (id)',
      { n: 'a.x', m: 'a.x' },
    ],
    [
      'a materialized one',
      'WITH t AS MATERIALIZED (SELECT id, y FROM @a) SELECT y, id FROM t UNION ALL SELECT y, id FROM t',
      { y: 'a.y', id: 'a.id' },
    ],
    [
      'a recursive one that swaps its columns',
      `WITH RECURSIVE t(n, m, k) AS (
        SELECT id, x, 0 FROM @a UNION ALL SELECT m, n, k + 1 FROM t WHERE k < 3
      ) SELECT n, m, k FROM t`,
      { n: 'a.id a.x', m: 'a.id a.x', k: '' },
    ],
    [
      'UNION of two tables',
      'SELECT id, x AS n FROM @a UNION SELECT id, z FROM @b',
      { id: 'a.id b.id', n: 'a.x b.z' },
    ],
    ['EXCEPT', 'SELECT id FROM @a EXCEPT SELECT id FROM @b', { id: 'a.id' }],
    [
      'UNION BY NAME',
      'SELECT id, x FROM @a UNION ALL BY NAME SELECT z, id FROM @b',
      { id: 'a.id b.id', x: 'a.x', z: 'b.z' },
    ],
    ['a scalar subquery', 'SELECT x, (SELECT max(z) FROM @b) AS m FROM @a', { x: 'a.x', m: 'b.z' }],
    [
      'a correlated subquery',
      'SELECT x, (SELECT max(z) FROM @b b WHERE b.id = a.id) AS m FROM @a a',
      { x: 'a.x', m: 'b.z' },
    ],
    [
      'a correlated value',
      'SELECT (SELECT max(z + a.x) FROM @b b WHERE b.id = a.id) AS m FROM @a a',
      { m: 'a.x b.z' },
    ],
    ['IN a subquery', 'SELECT y, x IN (SELECT z FROM @b) AS f FROM @a', { y: 'a.y', f: 'a.x b.z' }],
    [
      'a lateral join',
      'SELECT x, t.m FROM @a a, LATERAL (SELECT a.x + b.z AS m FROM @b b) t',
      { x: 'a.x', m: 'a.x b.z' },
    ],
    ['unnest', 'SELECT id, unnest(l) AS e FROM @a', { id: 'a.id', e: 'a.l' }],
    ['a field of a struct', 'SELECT s.p AS p FROM @a', { p: 'a.s' }],
    [
      'a lambda that uses another column',
      'SELECT list_transform(l, lambda e: e + x) AS t FROM @a',
      { t: 'a.l a.x' },
    ],
    [
      'PIVOT with its values',
      `SELECT * FROM (PIVOT (SELECT id, x, y FROM @a) ON y IN ('p', 'q') USING sum(x) GROUP BY id)`,
      { id: 'a.id', p: 'a.x a.y', q: 'a.x a.y' },
    ],
    [
      'UNPIVOT',
      'SELECT * FROM (UNPIVOT (SELECT id, x FROM @a) ON id, x INTO NAME n VALUE v)',
      { n: '', v: 'a.id a.x' },
    ],
    ['VALUES', 'SELECT v.n + x AS n FROM @a, (VALUES (1), (2)) v(n)', { n: 'a.x' }],
    ['range', 'SELECT r AS n, x FROM @a, range(3) t(r)', { n: '', x: 'a.x' }],
    ['FROM first', 'FROM @a SELECT y, x', { y: 'a.y', x: 'a.x' }],
    ['a sample and a limit', 'SELECT x FROM @a USING SAMPLE 3 ROWS LIMIT 2', { x: 'a.x' }],
    [
      'a macro of the author',
      'CREATE TEMP MACRO net(g, r) AS g * (1 - r); SELECT net(z, 0.2) AS n FROM @b',
      { n: 'b.z' },
    ],
    [
      'a view of the author',
      'CREATE TEMP VIEW v AS SELECT x * 2 AS d FROM @a; SELECT d FROM v',
      { d: 'a.x' },
    ],
    [
      'a table that the author makes of a query',
      'CREATE TEMP TABLE t AS SELECT id, x + id AS n FROM @a; SELECT n, id FROM t',
      { n: 'a.id a.x', id: 'a.id' },
    ],
  ])('%s', async (_name, sql, expected) => {
    expect(await trace(sql)).toEqual(expected);
  });
});

describe('is refused, not guessed', () => {
  test.each([
    ['a PIVOT that finds its own columns', 'PIVOT @a ON y USING sum(x) GROUP BY id'],
    ['a CSV file', `SELECT * FROM read_csv(getvariable('landing_zone:drops'))`],
    [
      'a table to which rows were added',
      'CREATE TEMP TABLE t AS SELECT x FROM @a; INSERT INTO t SELECT id FROM @a; SELECT x FROM t',
    ],
    ['SQL that does not bind', 'SELECT nothing FROM @a'],
    ['a file of the host', `SELECT * FROM read_text('/etc/passwd')`],
  ])('%s', async (_name, sql) => {
    await expect(trace(sql)).rejects.toThrow();
  });
});

test('a statement that does not end is interrupted', async () => {
  const endless = '(SELECT sum(a.range) FROM range(100000000) a, range(100000000) b)';
  const began = performance.now();
  await expect(trace(`SET VARIABLE x = ${endless}; SELECT x FROM @a`)).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(10_000);
});
