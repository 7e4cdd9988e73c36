// Generates SQL from a grammar: everyday SQL with refused and odd pieces, sometimes mangled.

const MAX_DEPTH = 3;

/**
 * A generator of SQL texts that repeats its sequence for the same seed. `names` are the engine's
 * functions, views and settings; `paths` are files that a text may try to open. The texts read a
 * table `t` with the columns a, b and c.
 */
export function sqlGrammar(seed, { functions, views, settings }, paths) {
  /** Numbers from 0 to 1, the same for the same seed (mulberry32). */
  let state = seed >>> 0;
  function random() {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  const below = (n) => Math.floor(random() * n);
  const one = (list) => list[below(list.length)];
  const some = (most, make) => Array.from({ length: below(most) + 1 }, make);

  const blank = () => (random() < 0.8 ? ' ' : oddBlank());
  const oddBlank = () => one(['\n', '\t', ' /* ( */ ', ' -- x\n', '\u00a0', '\u200b']);
  const word = (text) => one([text, text, text, text.toUpperCase(), `"${text}"`]);
  const column = () =>
    random() < 0.9 ? one(['a', 'b', 'c']) : one(['"a"', 't.a', '*', 'COLUMNS(*)', '$1', '#1']);
  const literal = () => (random() < 0.7 ? one(['1', '0', '2.5', `'x'`, 'NULL']) : oddLiteral());
  const oddLiteral = () =>
    one([
      '1',
      '-1',
      '0',
      '2.5',
      '1e9',
      'NULL',
      'true',
      `'x'`,
      `''`,
      `'${paths.secret}'`,
      `'${paths.input}'`,
      `'pg_settings'`,
      `E'\\'x'`,
      `E'a'\n'\\''`,
      '$$x$$',
      `'[1, {"a": null}]'::JSON`,
      '[1, 2]',
      `{'a': 1}`,
      `MAP {'a': 1}`,
      `DATE '2026-01-01'`,
      `'infinity'::TIMESTAMP`,
      `INTERVAL 1 DAY`,
      `'\\x00'::BLOB`,
      `'select 1'`,
      'lambda x: x + 1',
      `getvariable('landing_zone:in')`,
    ]);

  function expression(depth = 0) {
    if (depth >= MAX_DEPTH) return one([literal, column])();
    const inner = () => expression(depth + 1);
    return one([
      literal,
      literal,
      column,
      column,
      column,
      () => call(depth),
      () => call(depth),
      () => call(depth),
      () =>
        `${inner()}${blank()}${one(['||', '||', '=', '<', '+', '=', 'IS DISTINCT FROM', 'LIKE', 'IN', '->>', '::'])}${blank()}${inner()}`,
      () => `(${inner()})`,
      () => `CASE WHEN ${inner()} IS NULL THEN ${inner()} END`,
      () =>
        `CAST(${inner()} AS ${one(['INTEGER', 'VARCHAR', 'JSON', 'DATE', 'INT[]', 'BLOB', 'TYPE'])})`,
      () => `(${select(depth + 1)})`,
      () => `EXISTS (${select(depth + 1)})`,
      () => `[${inner()} FOR x IN [${inner()}]]`,
      () => `[${inner()}][${inner()}]`,
      () => `count(${inner()}) OVER (PARTITION BY ${inner()} ORDER BY ${inner()})`,
    ])();
  }

  const EVERYDAY = [
    'typeof',
    'hash',
    'coalesce',
    'list_value',
    'to_json',
    'concat',
    'count',
    'max',
    'any_value',
  ];

  function call(depth) {
    if (random() < 0.6) return `${one(EVERYDAY)}(${expression(depth + 1)})`;
    const list = some(3, () => expression(depth + 1)).join(', ');
    const name = word(one(functions));
    const qualified = one(['', '', '', 'main.', 'system.main.', 'pg_catalog.']);
    return one([
      () => `${qualified}${name}${one(['', blank()])}(${list})`,
      () => `${expression(depth + 1)}.${name}(${list})`,
      () => `${name}(${list}${random() < 0.2 ? ', x := 1' : ''})`,
    ])();
  }

  function relation(depth) {
    return one([
      () => 't',
      () => 't',
      () => 't',
      () => 't',
      () => 'range(3) AS t(a)',
      () => 'range(3) AS t(a)',
      () => `(VALUES (1, 'x', NULL)) AS t(a, b, c)`,
      () => 'memory.rat_inputs.input',
      () => word(one(views)),
      () => `'${one(views)}'`,
      () => `'${paths.secret}'`,
      () => `read_csv(getvariable('landing_zone:in'))`,
      () => call(depth),
      () => `(${select(depth + 1)}) AS t`,
      () => `t JOIN ${depth < MAX_DEPTH ? relation(depth + 1) : 't'} USING (a)`,
      () => `(PIVOT t ON a USING count(b))`,
      () => `(DESCRIBE t)`,
    ])();
  }

  function select(depth = 0) {
    const b = blank;
    const from = one([
      `${b()}FROM${b()}${relation(depth)}`,
      `${b()}FROM${b()}t`,
      `${b()}FROM${b()}t`,
    ]);
    const where = one(['', '', `${b()}WHERE ${expression(depth + 1)} IS NOT NULL`]);
    const group = one([
      '',
      '',
      '',
      `${b()}GROUP BY ALL`,
      `${b()}ORDER BY ${expression(depth + 1)}`,
    ]);
    const cte = one([
      '',
      '',
      '',
      '',
      `WITH ${word(one(['x', 'query', 'pg_class']))} AS (SELECT 1 AS a) `,
    ]);
    return `${cte}SELECT${b()}${some(depth > 0 ? 1 : 3, () => expression(depth + 1)).join(', ')}${from}${where}${group}`;
  }

  const changing = [
    () => `CREATE OR REPLACE TEMP TABLE made AS ${select()}`,
    () => `CREATE OR REPLACE VIEW v AS ${select()}`,
    () => `CREATE OR REPLACE MACRO ${word(one(['m', 'n', one(functions)]))}(x) AS ${expression()}`,
    () => `CREATE OR REPLACE MACRO m(x) AS TABLE ${select()}`,
    () => `INSERT INTO t ${select()}`,
    () => `UPDATE t SET a = ${expression()}`,
    () => `DELETE FROM t WHERE ${expression()}`,
    () => `MERGE INTO t USING (${select()}) AS s ON t.a = s.a WHEN MATCHED THEN DELETE`,
    () => `SET VARIABLE x = ${expression()}`,
    () => `SET ${one(settings)} = ${literal()}`,
    () => `PRAGMA ${one(functions)}(${literal()})`,
    () => `CALL ${call(0)}`,
    () => `COPY (${select()}) TO '${paths.staging}/x.csv'`,
    () => `ATTACH '${paths.staging}/x.db'`,
    () => `PIVOT (${select()}) ON a USING ${call(0)}`,
    () => `DROP TABLE IF EXISTS ${word(one(views))}`,
    () => `ALTER TABLE t ADD COLUMN c INT DEFAULT (${expression()})`,
  ];

  const asking = [
    () => select(),
    () => select(),
    () => `FROM ${relation(0)}`,
    () => `EXPLAIN ${one(['', 'ANALYZE ', '(FORMAT json) '])}${select()}`,
    () => `${one(['DESCRIBE', 'SUMMARIZE', 'SHOW'])} ${select()}`,
    () => `VALUES (${literal()})`,
  ];

  /** Sometimes drops or doubles a piece of a text, for texts that no grammar generates. */
  function mangle(text) {
    if (random() > 0.1) return text;
    const at = below(text.length);
    const length = below(8);
    return one([
      () => text.slice(0, at) + text.slice(at + length),
      () => text.slice(0, at) + text.slice(at, at + length) + text.slice(at),
      () =>
        text.slice(0, at) +
        one(["'", '"', '(', ')', '$$', '/*', '--', '\n', ';', '\\', '\u2028', '\u0000']) +
        text.slice(at),
    ])();
  }

  return {
    question: () => mangle(one(asking)()),
    statement: () => mangle(one([...asking, ...changing])()),
  };
}

/** The queries for the engine's names, in the order of the grammar's `names`. */
export const NAME_QUERIES = [
  `SELECT DISTINCT function_name FROM duckdb_functions()
   WHERE regexp_matches(function_name, '^[a-zA-Z_]') ORDER BY 1`,
  'SELECT view_name FROM duckdb_views() ORDER BY 1',
  'SELECT name FROM duckdb_settings() ORDER BY 1',
];

/** Converts the results of NAME_QUERIES to names. */
export function namesOf([functions, views, settings]) {
  const first = (rows) => rows.map(([name]) => name);
  return { functions: first(functions), views: first(views), settings: first(settings) };
}
