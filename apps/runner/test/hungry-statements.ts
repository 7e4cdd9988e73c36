/*
 * SELECTs that each request far more than 512 MB, in as many ways as DuckDB offers: values, lists,
 * strings, aggregates, joins, windows, documents, answers. No statement may get more.
 */

/** Statements that request it in one allocation, which the system refuses in any case. */
export const AT_ONCE: readonly string[] = [
  'SELECT len(range(2000000000)) AS n',
  'SELECT len(range(1000000000)) AS n',
  'SELECT list_sum(range(500000000)) AS n',
  "SELECT len(format('{:>2000000000}', 'x')) AS n",
  "SELECT len(repeat('x', 2000000000)) AS n",
  "SELECT len(printf('%2000000000d', 1)) AS n",
  'SELECT len(list_resize([1], 1000000000)) AS n',
  'SELECT list_sort(range(200000000))[1] AS n',
  "SELECT len(array_to_string(range(100000000), ',')) AS n",
  'SELECT len(list_zip(range(100000000), range(100000000))) AS n',
  "SELECT list_aggregate(range(100000000), 'median') AS n",
  'SELECT unnest(range(500000000)) AS i',
];

/**
 * Statements that request it in small allocations. They end out of memory, at their time limit,
 * with an answer that fits, or by a rule of the engine.
 */
export const BIT_BY_BIT: readonly string[] = [
  "SELECT len(lpad('x', 2000000000, 'y')) AS n",
  "SELECT len(rpad('x', 2000000000, 'y')) AS n",
  "SELECT damerau_levenshtein(repeat('a', 20000), repeat('b', 20000)) AS n",
  'SELECT histogram(range) AS h FROM range(50000000)',
  "SELECT len(replace(repeat('x', 100000000), 'x', repeat('y', 20))) AS n",
  "SELECT len(hex(repeat('x', 500000000))) AS n",
  'SELECT cardinality(map(range(50000000), range(50000000))) AS n',
  "SELECT repeat('x', 1000000) AS s FROM range(100000)",
  "SELECT range AS i, repeat('x', 10000) AS s FROM range(1000000)",
  "SELECT string_agg(range::VARCHAR, ',') AS s FROM range(100000000)",
  'SELECT array_agg(range) AS l FROM range(100000000)',
  'SELECT list(range ORDER BY hash(range)) AS l FROM range(50000000)',
  "SELECT len(list_transform(range(50000000), lambda x: x::VARCHAR || 'abcdefghijklmnop')) AS n",
  'SELECT len(list_distinct(range(30000000))) AS n',
  'SELECT len(flatten(list_transform(range(1000), lambda x: range(1000000)))) AS n',
  'SELECT json_group_array(range) AS j FROM range(30000000)',
  'SELECT to_json(range(50000000)) AS j',
  "SELECT json_object('a', repeat('x', 400000000)) AS j",
  "WITH RECURSIVE t(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, s || s FROM t WHERE n < 40) SELECT max(len(s)) AS n FROM t",
  'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t, range(10) WHERE n < 12) SELECT count(*) AS n FROM t',
  'SELECT a.range AS a, b.range AS b FROM range(30000) a, range(30000) b ORDER BY hash(a.range, b.range)',
  'SELECT list(range) OVER (ORDER BY range ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS l FROM range(60000)',
  'SELECT quantile_cont(range, [0.1, 0.5, 0.9]) AS q FROM range(200000000)',
  'SELECT mode(range) AS m FROM range(30000000)',
  'SELECT count(DISTINCT md5(range::VARCHAR)) AS n FROM range(30000000)',
  "SELECT len(regexp_replace(repeat('x', 50000000), 'x', 'yyyyyyyyyyyyyyyy', 'g')) AS n",
  "SELECT len(regexp_extract_all(repeat('ab', 20000000), 'a')) AS n",
  "SELECT len(string_split(repeat('a,', 30000000), ',')) AS n",
  "SELECT octet_length(repeat('x', 400000000)::BLOB || repeat('y', 400000000)::BLOB) AS n",
  "SELECT bit_count(bitstring('1', 2000000000)) AS n",
  "SELECT len(generate_series(TIMESTAMP '1000-01-01', TIMESTAMP '3000-01-01', INTERVAL 1 SECOND)) AS n",
  "SELECT max({'a': repeat('x', 100000), 'i': range}) AS s FROM range(1000000)",
  "SELECT {'a': range(20000000), 'b': range(20000000), 'c': range(20000000)} AS s",
  'SELECT arg_max(range(100000), range) AS l FROM range(100000)',
  "SELECT range % 100000 AS k, list(repeat('x', 100)) AS l FROM range(20000000) GROUP BY k",
  "SELECT a.s FROM (SELECT range AS i, repeat('x', 5000) AS s FROM range(200000)) a JOIN (SELECT range AS i, repeat('y', 5000) AS s FROM range(200000)) b USING (i) ORDER BY b.s, a.i",
  `SELECT count(*) AS n FROM range(1000000) WHERE range IN (${Array.from({ length: 50_000 }, (_, i) => i * 7).join(', ')})`,
  `SELECT ${'['.repeat(300)}1${']'.repeat(300)} IS NULL AS n`,
  'SELECT * FROM (PIVOT (SELECT range % 3000 AS k, range AS v FROM range(300000)) ON k USING list(v))',
  "SELECT levenshtein(repeat('a', 30000), repeat('b', 30000)) AS n",
  'SELECT sum(i) OVER (ORDER BY hash(i)) AS n FROM range(50000000) r(i)',
];
