/**
 * The pipelines whose tables other readers compare. `fields` are Iceberg's types by name. `rows`
 * are the expected rows, written by hand: integers as numbers (as text where a double would round
 * them), bytes in hexadecimal, maps as lists of pairs, all other values as Python prints them.
 * `spec` is the partition spec of new files, `partitions` the values of that spec's files, `finds`
 * the number of files that a reader needs for a value.
 */

/** A value as the readers compare it. */
type Cell = string | number | boolean | null | readonly Cell[] | { readonly [key: string]: Cell };

export type ExpectedRows = readonly (readonly Cell[])[];

/** One run of a pipeline; `rows` are those of its own snapshot, when a later run replaces it. */
interface ExpectedRun {
  sql: string;
  config?: object;
  failsTest?: boolean;
  rows?: ExpectedRows;
}

export interface ExpectedTable {
  runs: readonly ExpectedRun[];
  fields: Record<string, string>;
  rows?: ExpectedRows;
  /** Where there are too many rows to list. */
  count?: number;
  /** A column and a value for which readers skip most files. */
  skips?: readonly [column: string, value: number];
  spec?: readonly string[];
  partitions?: readonly (readonly string[])[];
  finds?: readonly (readonly [column: string, value: string, files: number])[];
}

const ALL_TYPES = `
SELECT * REPLACE (tiny::TINYINT AS tiny, small::USMALLINT AS small, whole::INTEGER AS whole,
  unsigned::UBIGINT AS unsigned, price::DECIMAL(5, 2) AS price, number::DOUBLE AS number, day::DATE AS day,
  local_time::TIMESTAMP AS local_time, moment::TIMESTAMPTZ AS moment)
FROM (SELECT 1 AS tiny, 65535 AS small, 2147483647 AS whole, 9007199254740991 AS big,
  18446744073709551615 AS unsigned,
  (SELECT sum(x) FROM (VALUES (9223372036854775807), (9223372036854775807)) t(x)) AS total,
  14.20 AS price, 123456789012.3456::DECIMAL(18, 4) AS amount,
  -12345678901234567890.0123456789::DECIMAL(38, 10) AS exact,
  1.5::FLOAT AS single, 'nan'::DOUBLE AS number, true AS flag, DATE '1969-12-31' AS day,
  TIMESTAMP '1969-12-31 23:59:59.123456' AS local_time,
  TIMESTAMPTZ '2024-02-29 12:00:00.000001+02' AS moment,
  '00112233-4455-6677-8899-aabbccddeeff'::UUID AS token, '\\x00\\xFF'::BLOB AS bytes,
  'zażółć 🚀 ''quoted''' AS words, [1, NULL, 3] AS numbers, {'a': 1, 'b': 'x'} AS pair,
  [{'at': DATE '2024-01-01'}] AS visits, MAP {'k': 1, 'ü': NULL} AS counts, NULL AS nothing
UNION ALL
SELECT -128, 0, -2147483648, -9007199254740991, 0, -1, -0.05, -0.0001, 0, -0.5, '-inf', false, '9999-12-31',
  '2262-04-11 23:47:16.854775', '1970-01-01 00:00:00+00', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', '', [],
  {'a': NULL, 'b': ''}, [], MAP {}, NULL
UNION ALL
SELECT 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 'inf', NULL, '0001-01-01', '0001-01-01 00:00:00', '2024-01-01 00:00:00+00',
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`;

/** For each column its type and its values in the three rows. */
const COLUMNS: Record<string, readonly [type: string, ...values: Cell[]]> = {
  tiny: ['int', 1, -128, 0],
  small: ['int', 65535, 0, 1],
  whole: ['int', 2147483647, -2147483648, 0],
  big: ['long', 9007199254740991, -9007199254740991, 0],
  unsigned: ['decimal(20, 0)', '18446744073709551615', '0', '1'],
  total: ['decimal(38, 0)', '18446744073709551614', '-1', '0'],
  price: ['decimal(5, 2)', '14.20', '-0.05', '0.00'],
  amount: ['decimal(18, 4)', '123456789012.3456', '-0.0001', '0.0000'],
  exact: ['decimal(38, 10)', '-12345678901234567890.0123456789', '0.0000000000', '1.0000000000'],
  single: ['float', '1.5', '-0.5', '0.0'],
  number: ['double', 'nan', '-inf', 'inf'],
  flag: ['boolean', true, false, null],
  day: ['date', '1969-12-31', '9999-12-31', '0001-01-01'],
  local_time: [
    'timestamp',
    '1969-12-31T23:59:59.123456',
    '2262-04-11T23:47:16.854775',
    '0001-01-01T00:00:00',
  ],
  moment: [
    'timestamptz',
    '2024-02-29T10:00:00.000001+00:00',
    '1970-01-01T00:00:00+00:00',
    '2024-01-01T00:00:00+00:00',
  ],
  token: [
    'uuid',
    '00112233-4455-6677-8899-aabbccddeeff',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    null,
  ],
  bytes: ['binary', '00ff', '', null],
  words: ['string', "zażółć 🚀 'quoted'", '', null],
  numbers: ['list<int>', [1, null, 3], [], null],
  pair: ['struct<a: int, b: string>', { a: 1, b: 'x' }, { a: null, b: '' }, null],
  visits: ['list<struct<at: date>>', [{ at: '2024-01-01' }], [], null],
  counts: [
    'map<string, int>',
    [
      ['k', 1],
      ['ü', null],
    ],
    [],
    null,
  ],
  nothing: ['string', null, null, null],
};

export const TABLES: Record<string, ExpectedTable> = {
  'default/silver/all-types': {
    runs: [{ sql: ALL_TYPES }],
    fields: Object.fromEntries(Object.entries(COLUMNS).map(([name, [type]]) => [name, type])),
    rows: [1, 2, 3].map((at) => Object.values(COLUMNS).map((column) => column[at] ?? null)),
  },
  'default/silver/no_rows': {
    runs: [{ sql: `SELECT 1 AS n, 'x' AS s WHERE false` }],
    fields: { n: 'int', s: 'string' },
    rows: [],
  },
  'default/silver/many-files': {
    runs: [{ sql: 'SELECT range AS n, md5(range::VARCHAR) AS h FROM range(200_000)' }],
    fields: { n: 'long', h: 'string' },
    count: 200_000,
    skips: ['n', 123_456],
  },
  'default/silver/evolving': {
    runs: [
      {
        sql: `SELECT 1 AS id, 1.25::DECIMAL(9, 2) AS amount, 'old' AS gone, 0.5::FLOAT AS rate, {'x': 1} AS deep`,
        rows: [[1, '1.25', 'old', '0.5', { x: 1 }]],
      },
      {
        sql: `SELECT 5000000000 AS id, 1234567890.25::DECIMAL(12, 2) AS amount, 0.1::DOUBLE AS rate,
                {'x': 7000000000, 'y': 'new'} AS deep, DATE '2024-01-01' AS added`,
      },
    ],
    fields: {
      id: 'long',
      amount: 'decimal(12, 2)',
      gone: 'string',
      rate: 'double',
      deep: 'struct<x: long, y: string>',
      added: 'date',
    },
    rows: [[5000000000, '1234567890.25', null, '0.1', { x: 7000000000, y: 'new' }, '2024-01-01']],
  },
  'default/silver/partitioned': {
    runs: [
      {
        sql: `SELECT 1 AS id, TIMESTAMPTZ '2024-01-31 23:30:00-01' AS moment, 'eu' AS region, 'a1' AS code, 9.99::DECIMAL(5, 2) AS price`,
        config: { merge_strategy: 'append_only' },
        rows: [[1, '2024-02-01T00:30:00+00:00', 'eu', 'a1', '9.99']],
      },
      {
        sql: `SELECT * FROM (VALUES (2, TIMESTAMPTZ '1969-12-31 23:59:59+00', 'eu', 'a2', -0.05::DECIMAL(5, 2)),
                (3, TIMESTAMPTZ '2024-02-29 12:00:00+00', NULL, 'b1', 10.65), (4, NULL, 'us', NULL, NULL))
                t(id, moment, region, code, price)`,
        config: {
          merge_strategy: 'append_only',
          partition_by: [{ column: 'moment', transform: 'month' }, 'region'],
        },
        rows: [
          [1, '2024-02-01T00:30:00+00:00', 'eu', 'a1', '9.99'],
          [2, '1969-12-31T23:59:59+00:00', 'eu', 'a2', '-0.05'],
          [3, '2024-02-29T12:00:00+00:00', null, 'b1', '10.65'],
          [4, null, 'us', null, null],
        ],
      },
      {
        sql: `SELECT 2 AS id, TIMESTAMPTZ '1969-12-31 22:00:00+00' AS moment, 'eu' AS region, 'ab' AS code, -0.06::DECIMAL(5, 2) AS price
              UNION ALL SELECT 5, TIMESTAMPTZ '2024-03-01 00:00:00+00', 'eu', 'cü', 10.49`,
        config: {
          merge_strategy: 'incremental',
          unique_key: 'id',
          partition_by: [
            { column: 'moment', transform: 'day' },
            { column: 'price', transform: 'truncate[50]' },
            { column: 'code', transform: 'truncate[1]' },
          ],
        },
      },
    ],
    fields: {
      id: 'int',
      moment: 'timestamptz',
      region: 'string',
      code: 'string',
      price: 'decimal(5, 2)',
    },
    rows: [
      [1, '2024-02-01T00:30:00+00:00', 'eu', 'a1', '9.99'],
      [2, '1969-12-31T22:00:00+00:00', 'eu', 'ab', '-0.06'],
      [3, '2024-02-29T12:00:00+00:00', null, 'b1', '10.65'],
      [4, null, 'us', null, null],
      [5, '2024-03-01T00:00:00+00:00', 'eu', 'cü', '10.49'],
    ],
    spec: [
      'moment_day: day(moment)',
      'price_trunc: truncate[50](price)',
      'code_trunc: truncate[1](code)',
    ],
    partitions: [
      ['-1', '-0.50', 'a'],
      ['19783', '10.00', 'c'],
    ],
    finds: [
      ['moment', '2024-02-29T12:00:00+00:00', 1],
      ['region', 'us', 1],
      ['code', 'ab', 1],
      ['code', 'cü', 1],
      ['price', '-0.06', 1],
      ['moment', '2020-01-01T00:00:00+00:00', 0],
    ],
  },
  'default/gold/kept-as-it-was': {
    runs: [
      { sql: 'SELECT 1 AS n' },
      {
        sql: `SELECT unnest([1, -1]) AS n, 'a' AS s`,
        failsTest: true,
        rows: [
          [1, 'a'],
          [-1, 'a'],
        ],
      },
    ],
    fields: { n: 'int' },
    rows: [[1]],
  },
  'default/gold/never-public': {
    runs: [{ sql: 'SELECT -1 AS n', failsTest: true, rows: [[-1]] }],
    fields: { n: 'int' },
  },
};
