/** The files of a pipeline in a request; `config` may be text. */
export interface Files {
  sql: string;
  config?: string | object;
  quality_tests?: { name: string; sql: string; [key: string]: unknown }[];
}

/** Where the mark ¦ stands in a text, and the text without it. */
function unmark(text: string): { text: string; place?: { line: number; column: number } } {
  const at = text.indexOf('¦');
  if (at < 0) return { text };
  const before = text.slice(0, at).split('\n');
  const place = { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
  return { text: text.replace('¦', ''), place };
}

/** A mistake: a part of its message, and the files, of which one has the mark ¦. */
type Marked = [what: string, said: string, files: Files & { config?: string }];

/** What an answer has to say about the mistake in these files. */
export interface Mistake {
  said: string;
  files: Files;
  path: RegExp;
  place: { line: number; column: number } | undefined;
}

/** The table that the SQL reads. */
export const ORDERS = "{{ ref('bronze.orders') }}";
/** SQL without a mistake. */
export const good = `SELECT id, name FROM ${ORDERS}`;
/** A pipeline with this SQL as its quality test. */
export const inTest = (sql: string) => ({
  sql: good,
  quality_tests: [{ name: 'rule', sql }],
});
const yaml = (config: string) => ({ sql: good, config });

/** So many tests without a mistake, as the text of a list. */
const tests = (count: number): string =>
  Array.from({ length: count }, (_, n) => `  - { not_null: id, name: t${n} }\n`).join('');

const MARKED: Marked[] = [
  // The template.
  ['an unknown variable', 'nope is not defined', { sql: 'SELECT 1,\n  {{ ¦nope }}' }],
  ['an unknown function', 'is_scd2', { sql: 'SELECT 1\n{% if ¦is_scd2() %}, 2{% endif %}' }],
  ['an unclosed block', 'unexpected end', { sql: 'SELECT 1\n  ¦{% if true %}\n, 2' }],
  ['a tag that does not exist', 'unknown statement', { sql: '-- x\n{% ¦fi %}\nSELECT 1' }],
  [
    'a ref without a layer',
    "ref() expects 'layer.name'",
    { sql: "SELECT *\nFROM {{ ¦ref('orders') }}" },
  ],
  [
    'a zone with a path',
    'landing_zone() expects',
    { sql: "FROM read_csv({{ ¦landing_zone('a/b') }})" },
  ],
  [
    'a watermark in a text',
    'cannot be a part of a text',
    { sql: "SELECT 1\nWHERE 'x ¦{{ watermark_value }}' = 'x'" },
  ],
  [
    'a zone with a suffix',
    'cannot be a part of a text',
    { sql: `FROM read_csv('¦{{ landing_zone("files") }}/*.csv')` },
  ],
  [
    'a comparison with NULL',
    'is never the text',
    { sql: "SELECT 1\n¦{% if watermark_value == 'NULL' %}, 2{% endif %}" },
  ],
  // The statement.
  ['a wrong first word', 'syntax error', { sql: '{# a\n b #}\n¦SELEC 1' }],
  [
    'a wrong keyword',
    'syntax error',
    { sql: `SELECT name, count(*)\nFROM ${ORDERS}\nGROUP ¦BYY name` },
  ],
  ['a statement that begins with a letter beyond ASCII', 'beyond ASCII', { sql: '¦æ' }],
  [
    'a misspelt FROM before a table',
    'near "default.bronze.orders"',
    { sql: "SELECT id\nFRM ¦{{ ref('bronze.orders') }}" },
  ],
  [
    'a misspelt FROM before a landing zone',
    `near "landing_zone('in')"`,
    { sql: "SELECT id FRM ¦{{ landing_zone('in') }}" },
  ],
  ['a comma too many', 'syntax error', { sql: `SELECT id,\n  name,¦,\nFROM ${ORDERS}` }],
  ['an unclosed text', 'unterminated', { sql: `SELECT id\nFROM ${ORDERS}\nWHERE name = ¦'x` }],
  ['an unknown column', 'nme', { sql: `SELECT id,\n  ¦nme\nFROM ${ORDERS}` }],
  [
    'an unknown column behind a tag on its line',
    'nme',
    { sql: `SELECT o.id FROM ${ORDERS} o WHERE ¦o.nme = 1` },
  ],
  [
    'an unknown function of SQL',
    'does not exist',
    { sql: `SELECT id, ¦to_uppercase(name) FROM ${ORDERS}` },
  ],
  ['an unknown type', 'does not exist', { sql: `SELECT CAST(id AS ¦NUMBRE) AS n FROM ${ORDERS}` }],
  ['a column without a group', 'GROUP BY', { sql: `SELECT ¦name, count(*) AS n FROM ${ORDERS}` }],
  ['types that do not fit', 'Cannot compare', { sql: `SELECT id FROM ${ORDERS}\nWHERE day ¦> 7` }],
  [
    'a wrong argument',
    'No function matches',
    { sql: `SELECT ¦date_trunc(id, name) AS x FROM ${ORDERS}` },
  ],
  [
    'a function that is not allowed',
    'is not allowed',
    { sql: 'SELECT *\nFROM ¦duckdb_settings()' },
  ],
  ['two columns of one name', 'two columns', { sql: `¦SELECT id, id FROM ${ORDERS}` }],
  ['a column behind wide characters', 'nope', { sql: `SELECT '🦆é' AS d, ¦nope FROM ${ORDERS}` }],
  // A CTE, and later statements.
  [
    'a column in a CTE',
    'nme',
    { sql: `WITH one AS (\n  SELECT ¦nme FROM ${ORDERS}\n)\nSELECT * FROM one` },
  ],
  [
    'a column of a CTE',
    'price',
    { sql: `WITH one AS (SELECT id FROM ${ORDERS})\nSELECT\n  ¦price\nFROM one` },
  ],
  [
    'a column in a later statement',
    'nme',
    { sql: `CREATE TEMP TABLE t AS\nSELECT id FROM ${ORDERS};\n\nSELECT id,\n  ¦nme\nFROM t` },
  ],
  [
    'a column in a first statement',
    'nme',
    { sql: `CREATE TEMP TABLE t AS\nSELECT ¦nme FROM ${ORDERS};\nSELECT * FROM t` },
  ],
  [
    'the syntax of a middle statement',
    'syntax error',
    { sql: `CREATE TEMP TABLE t AS SELECT 1 AS a;\nDELETE ¦FORM t;\nSELECT * FROM t` },
  ],
  [
    'a last statement that is no query',
    'must be a SELECT',
    { sql: `SELECT 1 AS a;\n¦CREATE TABLE t AS SELECT 2 AS b` },
  ],
  [
    'a statement in a loop',
    'nme',
    {
      sql: `{% for i in [1, 2] %}\nCREATE TEMP TABLE t{{ i }} AS SELECT id FROM ${ORDERS};\n{% endfor %}\nSELECT ¦nme FROM t1`,
    },
  ],
  // Both sides of an if.
  [
    'the side of a first run',
    'nope',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if not is_incremental() %}\nWHERE ¦nope = 1\n{% endif %}`,
    },
  ],
  [
    'the side of a later run',
    'nope',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if is_incremental() %}\nWHERE ¦nope > 1\n{% else %}\nWHERE id > 1\n{% endif %}`,
    },
  ],
  [
    'a column that the own table will not have',
    'nope',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if is_incremental() %}\nWHERE id > (SELECT max(¦nope) FROM {{ this }})\n{% endif %}`,
    },
  ],
  [
    'the side of a run about a time',
    'nope',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if has_interval() %}\nWHERE ¦nope >= {{ interval_start }}\n{% endif %}`,
    },
  ],
  [
    'the side of a run about no time',
    'syntax error',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if has_interval() %}\nWHERE day >= {{ run_logical_date }}\n{% else %}\nWERE ¦id > 1\n{% endif %}`,
    },
  ],
  [
    'the side of a later run about a time',
    'nope',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if is_incremental() and has_interval() %}\nWHERE ¦nope > 1\n{% endif %}`,
    },
  ],
  [
    'the side of a word of a parameter',
    'nope',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if 'strict' in param('mode') %}\nWHERE ¦nope > 1\n{% endif %}`,
      config: 'params: { mode: { type: enum, values: [loose, strict] } }',
    },
  ],
  [
    'the side of a parameter that is false',
    'nope is not defined',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if 'false' in param('all') %}\nWHERE id > {{ ¦nope }}\n{% endif %}`,
      config: 'params: { all: { type: boolean, default: true } }',
    },
  ],
  [
    'the side of a test of a run about a time',
    'nope',
    inTest(`SELECT * FROM {{ this }}\n{% if has_interval() %}\nWHERE ¦nope > 1\n{% endif %}`),
  ],
  [
    'the side of a watermark',
    'syntax error',
    {
      sql: `SELECT id FROM ${ORDERS}\n{% if watermark_value %}\nWERE ¦day > {{ watermark_value }}\n{% endif %}`,
    },
  ],
  // Quality tests.
  ['a column in a test', 'nme', inTest('SELECT *\nFROM {{ this }}\nWHERE ¦nme IS NULL')],
  ['the syntax of a test', 'syntax error', inTest('-- none\nSELECT *\nFORM ¦{{ this }}')],
  ['a test of two queries', 'is one query', inTest('SELECT 1;\n¦SELECT 2')],
  ['the template of a test', 'nope is not defined', inTest('SELECT *\nFROM {{ ¦nope }}')],
  ['a setting of a test', 'expected one of', inTest('-- ¦@severity: fatal\nSELECT 1')],
  [
    'an unknown setting of a test',
    'did you mean remediation',
    inTest('-- @severity: warn\n-- ¦@remediaton: ask Ann\nSELECT 1'),
  ],
  [
    'a setting of a test without a value',
    'has no value',
    inTest('-- @tags: a\n-- ¦@description:\nSELECT 1'),
  ],
  // The configuration, as text and as annotations.
  ['an unknown setting', 'merge_strategy', yaml('description: x\n¦merge_stratgy: incremental\n')],
  ['a wrong value', 'must be a whole number', yaml('max_retries: 2\n¦timeout_seconds: soon\n')],
  ['text that is no YAML', 'sets a key twice', yaml('description: x\n¦description: y\n')],
  ['a setting that its strategy needs', 'unique_key', yaml('¦merge_strategy: incremental\n')],
  [
    'a key that the result lacks',
    'has no column nope',
    yaml('merge_strategy: incremental\n¦unique_key: nope\n'),
  ],
  ['an annotation', 'merge_strategy', { sql: `-- ¦@merge_stratgy: incremental\n${good}` }],
  [
    'a key in an annotation',
    'has no column nope',
    { sql: `-- @merge_strategy: incremental\n-- ¦@unique_key: nope\n${good}` },
  ],
  // Below a key of the configuration.
  [
    'a column that an annotation names twice',
    'names a column twice',
    { sql: `-- ¦@partition_by: id, ID\n${good}` },
  ],
  [
    'the seventh of the tests',
    'did you mean min',
    yaml(`tests:\n${tests(6)}  - row_count: { ¦mix: 1 }\n`),
  ],
  ['a test without a check', 'must have one of', yaml('tests:\n  - not_null: id\n  - ¦name: x\n')],
  [
    'a test of the name of another',
    'another test is called',
    yaml('tests:\n  - not_null: id\n  - ¦not_null: id\n'),
  ],
  [
    'a test of a column that the result lacks',
    'nope',
    yaml('tests:\n  - not_null: id\n  - ¦not_null: nope\n'),
  ],
  [
    'a value that a test cannot accept',
    'must be text',
    yaml('tests:\n  - accepted_values:\n      column: name\n      values: [a, ¦[b]]\n'),
  ],
  [
    'the table that a test refers to',
    'must be layer.name',
    yaml('tests:\n  - relationships:\n      column: id\n      ¦to: orders\n      field: id\n'),
  ],
  [
    'the transform of a partition',
    'is not offered',
    yaml('partition_by:\n  - name\n  - column: id\n    ¦transform: bucket[4]\n'),
  ],
  [
    'the type of a parameter',
    'must be one of',
    yaml('params:\n  day:\n    default: 2026-01-01\n    ¦type: datum\n'),
  ],
  ['a parameter without a type', 'must be one of', yaml('params:\n  ¦day: { default: 3 }\n')],
  [
    'a limit of concurrency',
    'must be a whole number',
    yaml('concurrency:\n  on_conflict: queue\n  ¦limit: many\n'),
  ],
  ['an unknown key of concurrency', 'did you mean limit', yaml('concurrency: { ¦limt: 3 }\n')],
];

/** Pipelines with one mistake each, and where an editor would underline it. */
export const MISTAKES = MARKED.map(([what, said, files]): [string, Mistake] => [
  what,
  { said, ...placed(files) },
]);

function placed({ sql: markedSql, config: markedConfig, quality_tests: tests = [] }: Marked[2]) {
  const sql = unmark(markedSql);
  const config = markedConfig === undefined ? undefined : unmark(markedConfig);
  const [rule] = tests;
  const ruled = rule && unmark(rule.sql);
  const files: Files = {
    sql: sql.text,
    ...(config === undefined ? {} : { config: config.text }),
    ...(rule && ruled ? { quality_tests: [{ ...rule, sql: ruled.text }] } : {}),
  };
  const path = sql.place ? /^sql/ : config?.place ? /^config/ : /^quality_tests\.rule/;
  return { files, path, place: sql.place ?? config?.place ?? ruled?.place };
}
