import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { INTERNAL_VIEWS, PRAGMAS, READS_FILES, REFUSED } from './classified-names.ts';
import { refusalByNames } from './name-gate.ts';
import { openInstance } from '../session/open-instance.ts';

let instance: DuckDBInstance;
let parser: DuckDBConnection;

beforeAll(async () => {
  instance = await openInstance();
  parser = await instance.connect();
});

afterAll(() => {
  parser.closeSync();
  instance.closeSync();
});

async function refusalOf(text: string, scope: 'pipeline' | 'query' = 'pipeline') {
  return (await refusalByNames(parser, text, scope))?.message;
}

/** A statement of each kind that contains a call; `f(1)` stands for it. */
const CARRIERS = [
  'SELECT f(1)',
  'SELECT * FROM f(1)',
  'SELECT * FROM t, f(1)',
  'SELECT * FROM t WHERE x IN (SELECT f(1))',
  'WITH a AS (SELECT f(1)) SELECT * FROM a',
  'SELECT x.f(1) FROM t',
  'SELECT system.main.f(1)',
  'SELECT f /* c */ (1)',
  'SELECT f\u00a0(1)',
  'SELECT f\u200b\n(1)',
  'FROM f(1)',
  'FROM t SELECT f(1)',
  'EXPLAIN ANALYZE SELECT * FROM f(1)',
  'EXPLAIN (FORMAT json) SELECT * FROM f(1)',
  'DESCRIBE SELECT * FROM f(1)',
  'SUMMARIZE FROM f(1)',
  'VALUES (f(1))',
  'PIVOT (FROM f(1)) ON a USING sum(b)',
  'UNPIVOT (FROM f(1)) ON a',
  'CREATE TABLE t AS SELECT * FROM f(1)',
  'CREATE TABLE t AS (FROM f(1)) WITH NO DATA',
  'CREATE TABLE t (a INT DEFAULT (f(1)))',
  'CREATE TABLE t (a INT CHECK (f(1) > 0))',
  'CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (f(1)))',
  'CREATE TEMP VIEW v AS SELECT * FROM f(1)',
  'CREATE MACRO m(x) AS f(1)',
  'CREATE MACRO m() AS TABLE FROM f(1)',
  'CREATE MACRO m(a) AS 1, (a, b) AS f(1)',
  'CREATE INDEX i ON t ((f(1)))',
  'CREATE TYPE e AS ENUM (SELECT f(1))',
  'INSERT INTO t SELECT * FROM f(1)',
  'INSERT INTO t (a) VALUES (f(1))',
  'INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = f(1)',
  'INSERT INTO t VALUES (1) RETURNING f(1)',
  'UPDATE t SET a = f(1)',
  'UPDATE t SET a = 1 FROM f(1)',
  'DELETE FROM t WHERE f(1)',
  'DELETE FROM t USING f(1)',
  'MERGE INTO t USING f(1) AS s ON true WHEN MATCHED THEN DELETE',
  'ALTER TABLE t ALTER a TYPE INT USING f(1)',
  'SET VARIABLE x = (SELECT f(1))',
  `SELECT E'a'\n'\\' || ', f(1), '...'`,
  `CREATE TABLE t AS SELECT E'a'\r'\\' || ', f(1), '...'`,
  `UPDATE t SET a = E'a' -- c\n -- d\n'\\' || ', f(1), '...'`,
];

describe('functions that are not classified as safe', () => {
  test.each(CARRIERS)('an unsafe function is refused by name in %j', async (carrier) => {
    for (const name of ['query', '"Query"', 'current_SETTING', 'arrow_scan', 'sniff_csv']) {
      const bare = name.replaceAll('"', '').toLowerCase();
      const text = carrier.replace(/\bf(?=[\s/(\u00a0\u200b])/, name);
      expect(await refusalOf(text)).toMatch(new RegExp(`^${bare}(?:\\(\\))? is not allowed`));
    }
  });

  test('every unsafe function is refused, as a value and as a table', async () => {
    for (const name of REFUSED.keys()) {
      for (const text of [
        `SELECT ${name}(1)`,
        `FROM ${name}(1)`,
        `INSERT INTO t FROM ${name}(1)`,
      ]) {
        expect(await refusalOf(text)).toContain(name);
      }
    }
  });

  test('a function that reads a table by its name is refused as a table', async () => {
    expect(await refusalOf(`FROM histogram('pg_' || 'settings', name)`)).toContain('histogram()');
    expect(await refusalOf(`UPDATE t SET a = 1 FROM histogram('x', y)`)).toContain('histogram()');
    expect(await refusalOf('SELECT a, histogram(b) FROM t GROUP BY a')).toBeUndefined();
    expect(await refusalOf('CREATE TABLE h AS SELECT a, histogram(b) FROM t')).toBeUndefined();
  });
});

test('the name of a function with access to native code is refused in strings and comments too', async () => {
  for (const text of [
    `SELECT * FROM x('SELECT * FROM arrow_scan(1, 2, 3)')`,
    'SELECT 1 -- arrow_scan',
    'SELECT 1 /* JSON_Execute_Serialized_SQL */',
    `SELECT $$ read_duckdb $$`,
  ]) {
    expect(await refusalOf(text)).toMatch(/not allowed, not even in a comment/);
  }
  expect(await refusalOf('SELECT marrow_scans FROM t')).toBeUndefined();
});

test('a view of the engine is refused in every spelling of its name', async () => {
  for (const view of INTERNAL_VIEWS) {
    for (const text of [
      `FROM ${view}`,
      `SELECT 1 FROM t, ${view.toUpperCase()}`,
      `FROM "${view}"`,
      `FROM '${view}'`,
      `TABLE ${view}`,
      `DESCRIBE ${view}`,
      `FROM system.main.${view}`,
      `CREATE VIEW v AS FROM ${view}`,
      `INSERT INTO t FROM main.${view}`,
      `UPDATE t SET a = 1 FROM '${view}'`,
      `PIVOT ${view} ON a USING sum(b)`,
      `DELETE FROM t USING E'\\x${view.charCodeAt(0).toString(16)}${view.slice(1)}'`,
    ]) {
      expect(await refusalOf(text)).toMatch(/is not allowed: it shows the session/);
    }
  }
  for (const text of [
    'FROM information_schema.tables',
    'FROM "Information_Schema"."columns"',
    'UPDATE t SET a = 1 FROM information_schema.tables',
    'FROM pg_catalog.pg_settings',
  ]) {
    expect(await refusalOf(text)).toMatch(/is not allowed: it shows the session/);
  }
});

test.each([
  'SHOW VARIABLES',
  'SHOW ALL TABLES',
  'SHOW DATABASES',
  'show schemas',
  'FROM (SHOW VARIABLES)',
  'CREATE TABLE t AS FROM (SHOW ALL TABLES)',
  'UPDATE t SET a = (SELECT max(name) FROM (SHOW ALL TABLES))',
])('a SHOW that lists the session is refused: %s', async (text) => {
  expect(await refusalOf(text)).toMatch(/SHOW is not allowed/);
  expect(await refusalOf('SHOW TABLES')).toBeUndefined();
  expect(await refusalOf('FROM (SHOW TABLES)')).toBeUndefined();
});

test('a query may not read files, and a pipeline may', async () => {
  for (const name of READS_FILES) {
    expect(await refusalOf(`FROM ${name}('x')`)).toBeUndefined();
    expect(await refusalOf(`FROM ${name}('x')`, 'query')).toMatch(
      /a query reads tables, not files/,
    );
  }
});

describe('the name gate allows everyday SQL', () => {
  test.each([
    `SELECT [x FOR x IN l IF x > 1], a[1], {'a': 1}, a->>'b', extract(year FROM d), x AT TIME ZONE 'UTC', current_date FROM t`,
    `SELECT substring(a FROM 1 FOR 2), position('a' IN b), count(*), MAP {1: 2}, a LIKE b ESCAPE 'x', trim(BOTH 'x' FROM y), a COLLATE de FROM t`,
    `SELECT coalesce(a, 1), if(a, b, c), ifnull(a, 1), nullif(a, b), a IN (1, 2), CAST(a AS DECIMAL(3, 2)), row(1, 2), COLUMNS(*) FROM t`,
    'SELECT a, sum(b) FILTER (WHERE c) OVER (PARTITION BY d ORDER BY e ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t',
    'WITH stats(a, b) AS (SELECT 1, 2), summary(c) AS (SELECT 3) SELECT * FROM stats, summary',
    'CREATE TABLE stats (a INT, b DECIMAL(10, 2))',
    'CREATE TABLE IF NOT EXISTS query (a INT)',
    'CREATE TABLE a (b INT REFERENCES query(a))',
    'INSERT INTO stats (a, b) SELECT 1, 2',
    'CREATE TABLE functions AS SELECT * FROM (VALUES (1)) AS combine(a)',
    'INSERT INTO platform (a) VALUES (1)',
    'CREATE OR REPLACE MACRO twice(x) AS x * 2',
    'SELECT twice(1), my.own(2)',
    'UPDATE stats SET a = upper(b) WHERE a IN (1)',
    'DELETE FROM stats WHERE a = 1',
    'PIVOT t ON a USING sum(b) GROUP BY c',
    'SELECT * FROM tables, columns, views',
    'SELECT unnest(l), generate_series(1, 2), uuid(), now(), version()',
    'FROM t SELECT a ORDER BY ALL LIMIT 10%',
    'SELECT * FROM t ASOF JOIN u USING (a, b)',
    "SELECT 'current_setting(x)' AS a -- sniff_csv()",
    'SELECT pg_typeof(a), typeof(a) FROM "namespace"."silver"."pg_class"',
  ])('everyday SQL passes the name gate: %s', async (text) => {
    expect(await refusalOf(text)).toBeUndefined();
  });

  test('names that only a PRAGMA can call pass the name gate', async () => {
    for (const name of PRAGMAS) {
      expect(await refusalOf(`INSERT INTO ${name} (a) SELECT b AS ${name} FROM c`)).toBeUndefined();
    }
  });
});

test('a refusal contains the position of the name', async () => {
  const text = `SELECT 'ü', 1,\n  query('SELECT 1')`;
  expect(await refusalByNames(parser, text, 'pipeline')).toEqual({
    message:
      'query() is not allowed: it runs SQL out of a text; write the SQL itself; a template can build it',
    offset: text.indexOf('query'),
  });
});
