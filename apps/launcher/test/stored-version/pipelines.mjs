/** The namespace of everything that does not belong to the demo. */
export const NS = 'stored';

/** No machine finishes it, and it stops at once when it is cancelled. */
export const ENDLESS =
  'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3';

const values = (rows, columns) => `SELECT * FROM (VALUES ${rows}) t(${columns})`;

const NO_BIG_N = { name: 'no_big_n', sql: 'SELECT * FROM {{ this }} WHERE n > 10' };
const quarantined = (path) => ({
  path: `${NS}/silver/${path}`,
  tests: [NO_BIG_N],
  runs: [
    { sql: 'SELECT 1 AS n' },
    { sql: 'SELECT i::INTEGER AS n FROM range(9, 13) r(i)', ends: 'failed' },
  ],
});

/**
 * Pipelines with the runs of each, in the order in which they run. A run may have a `config` of its
 * own, the status with which it `ends`, and further `fields` of its request.
 */
export const HISTORIES = [
  {
    path: `${NS}/bronze/full_refresh`,
    runs: [
      { sql: values("(1, 'one'), (2, 'two')", 'id, word') },
      { sql: values("(2, 'zwei'), (3, 'drei')", 'id, word') },
    ],
  },
  {
    path: `${NS}/bronze/append_only`,
    config: { merge_strategy: 'append_only' },
    runs: [
      { sql: values("(1, 'one'), (2, 'two')", 'id, word') },
      { sql: values("(2, 'two'), (3, NULL)", 'id, word') },
    ],
  },
  {
    path: `${NS}/silver/incremental`,
    config: { merge_strategy: 'incremental', unique_key: ['id'], watermark_column: 'stamp' },
    runs: [
      { sql: values("(1, 'one', 10), (2, 'two', 20), (NULL, 'none', 30)", 'id, word, stamp') },
      {
        sql: `${values("(1, 'too old', 30), (2, 'zwei', 40), (4, 'vier', 50)", 'id, word, stamp')}
{% if is_incremental() %} WHERE stamp > {{ watermark_value }} {% endif %}`,
      },
    ],
  },
  {
    path: `${NS}/silver/delete_insert`,
    config: { merge_strategy: 'delete_insert', unique_key: 'day' },
    runs: [
      {
        sql: values(
          "(DATE '2026-01-01', 1), (DATE '2026-01-01', 2), (DATE '2026-01-02', 3)",
          'day, n',
        ),
      },
      {
        sql: values(
          "(DATE '2026-01-02', 4), (DATE '2026-01-02', 5), (DATE '2026-01-03', 6)",
          'day, n',
        ),
      },
    ],
  },
  {
    path: `${NS}/silver/snapshot`,
    config: { merge_strategy: 'snapshot', partition_column: 'region', partition_by: ['region'] },
    runs: [
      { sql: values("('north', 1), ('north', 2), ('south', 3)", 'region, n') },
      { sql: values("('south', 4), ('west', 5)", 'region, n') },
    ],
  },
  {
    path: `${NS}/silver/scd2`,
    config: { merge_strategy: 'scd2', unique_key: 'id', on_missing: 'close' },
    runs: [
      { sql: values("(1, 'one'), (2, 'two'), (3, 'three')", 'id, word') },
      { sql: values("(1, 'one'), (2, 'zwei')", 'id, word') },
    ],
  },
  {
    path: `${NS}/silver/refreshed`,
    config: { merge_strategy: 'incremental', unique_key: 'id' },
    runs: [
      { sql: values("(1, 'one'), (2, 'two')", 'id, word') },
      { sql: values('(2, 2.5)', 'id, amount'), fields: { full_refresh: true } },
    ],
  },
  {
    path: `${NS}/silver/partitioned`,
    runs: [
      {
        sql: `SELECT i::INTEGER AS id, TIMESTAMP '2026-01-01 06:00:00' + INTERVAL (i * 9) HOUR AS stamp, ['alpha', 'beta', 'älpha', NULL][1 + i % 4] AS word FROM range(8) r(i)`,
        config: {
          merge_strategy: 'append_only',
          partition_by: [
            { column: 'stamp', transform: 'day' },
            { column: 'word', transform: 'truncate[2]' },
          ],
        },
      },
      {
        sql: `SELECT i::INTEGER AS id, TIMESTAMP '2025-12-31 23:59:59.999999' AS stamp, 'gamma' AS word FROM range(8, 10) r(i)`,
        config: { merge_strategy: 'append_only', partition_by: ['word'] },
      },
    ],
  },
  {
    path: `${NS}/silver/evolved`,
    config: { merge_strategy: 'append_only' },
    runs: [
      {
        sql: "SELECT 1::INTEGER AS id, 1.5::FLOAT AS amount, 2.5::DECIMAL(5, 2) AS price, 'old' AS gone",
      },
      {
        sql: 'SELECT 3000000000 AS id, 2.25::DOUBLE AS amount, 12345.67::DECIMAL(9, 2) AS price, [1, NULL] AS added',
      },
    ],
  },
  {
    path: `${NS}/silver/warned`,
    tests: [
      NO_BIG_N,
      {
        name: 'few_rows',
        sql: `-- @severity: warn
-- @description: More than two rows are unusual.
-- @tags: volume, demo
-- @remediation: Look at the source.
SELECT count(*) AS rows FROM {{ this }} HAVING count(*) > 2`,
      },
    ],
    runs: [{ sql: 'SELECT 1 AS n' }, { sql: 'SELECT i::INTEGER AS n FROM range(4) r(i)' }],
  },
  quarantined('held'),
  quarantined('published_by_hand'),
  quarantined('discarded'),
  {
    path: `${NS}/silver/reverted`,
    runs: [{ sql: 'SELECT 1 AS n' }, { sql: 'SELECT i::INTEGER AS n FROM range(3) r(i)' }],
  },
  {
    path: `${NS}/silver/reader`,
    runs: [
      { sql: "SELECT n, n * 2 AS double FROM {{ ref('silver.reverted') }}" },
      { sql: "SELECT n, n * 3 AS triple FROM {{ ref('silver.reverted') }}" },
    ],
  },
  { path: `${NS}/bronze/with-hyphen`, runs: [{ sql: 'SELECT 1 AS "Mixed Case", 2 AS "a""b"' }] },
  { path: `${NS}/bronze/empty`, runs: [{ sql: 'SELECT 1 AS n WHERE false' }] },
  { path: `${NS}/bronze/deleted`, runs: [{ sql: "SELECT 'its table stays' AS word" }] },
];

/** A pipeline that reads every file of its landing zone once. */
export const DELIVERIES = {
  sql: `SELECT n::INTEGER AS n, word, filename AS file FROM read_csv({{ landing_zone('deliveries') }}, filename = true)`,
  config: { merge_strategy: 'append_only', archive_landing_zones: true },
};

/** Two deliveries of a table with every type that a table may have. */
export const TYPES = [
  `SELECT 1 AS id, true AS flag, (-128)::TINYINT AS tiny, 32767::SMALLINT AS small, (-2147483648)::INTEGER AS whole,
  9223372036854775807 AS big, 1.5::FLOAT AS single, 'NaN'::DOUBLE AS double,
  12345678901234567890123456.789012345678::DECIMAL(38, 12) AS wide, (-0.05)::DECIMAL(4, 2) AS narrow,
  'text ü 😀' || chr(10) || '"quoted"' AS word, '\\xDE\\xAD\\x00\\xFF'::BLOB AS bytes,
  '0190b5a0-7c3e-7b5e-8d2a-1f2e3d4c5b6a'::UUID AS uuid, DATE '2024-02-29' AS day, TIME '23:59:59.999999' AS clock,
  TIMESTAMP '2024-02-29 12:00:00.123456' AS local, TIMESTAMPTZ '2024-02-29 12:00:00.123456+05:30' AS moment,
  [1, NULL, 3] AS list, {'a': 1, 'inner': {'b': 'x', 'c': [DATE '2024-01-01']}} AS struct,
  MAP {'k': 1.5::DOUBLE, 'n': NULL} AS map, [{'x': 1, 'y': ['a', NULL]}] AS nested
UNION ALL SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`,
  `SELECT 3 AS id, false AS flag, 127::TINYINT AS tiny, (-32768)::SMALLINT AS small, 2147483647::INTEGER AS whole,
  -9223372036854775807 AS big, 'NaN'::FLOAT AS single, '-infinity'::DOUBLE AS double,
  (-0.000000000001)::DECIMAL(38, 12) AS wide, 99.99::DECIMAL(4, 2) AS narrow,
  '' AS word, ''::BLOB AS bytes, '00000000-0000-0000-0000-000000000000'::UUID AS uuid, DATE '1582-10-15' AS day, TIME '00:00:00' AS clock,
  TIMESTAMP '1969-12-31 23:59:59.999999' AS local, TIMESTAMPTZ '1900-01-01 00:00:00+00' AS moment,
  []::INTEGER[] AS list, {'a': NULL::INTEGER, 'inner': NULL::STRUCT(b VARCHAR, c DATE[])} AS struct,
  MAP {}::MAP(VARCHAR, DOUBLE) AS map, [NULL::STRUCT(x INTEGER, y VARCHAR[])] AS nested`,
];
