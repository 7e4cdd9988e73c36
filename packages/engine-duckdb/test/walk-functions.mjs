// Calls every function and reads every view of the engine, as statement, result, quality test and
// query, with plausible and with hostile arguments. Runs as its own process, because a crashing
// function would end Jest too. Prints one JSON object: the number of calls, and the faults. Usage:
// walk-functions.mjs FOLDER
import {
  askEngine,
  inSession,
  openOne,
  paths,
  report,
  tryInSession,
  tryQuery,
} from './hostile-sandbox.mjs';

/** Literals by the name of a parameter's type; the first is plausible, the others less so. */
const LITERALS = {
  BIGINT: ['3', '-1', '9223372036854775807', '-9223372036854775808'],
  VARCHAR: [
    `'a'`,
    `''`,
    `'${paths.secret}'`,
    `'../secret.txt'`,
    `'pg_settings'`,
    `'{"a": ['`,
    `'\u0000'`,
  ],
  DOUBLE: ['1.5', `'nan'::DOUBLE`, `'-infinity'::DOUBLE`, '1e308'],
  BOOLEAN: ['true', 'false'],
  BLOB: [`'\\x00\\xFF'::BLOB`, `''::BLOB`],
  DATE: [`DATE '2026-01-01'`, `'infinity'::DATE`],
  TIMESTAMP: [`TIMESTAMP '2026-01-01 00:00:00'`, `'-infinity'::TIMESTAMP`],
  'TIMESTAMP WITH TIME ZONE': [`TIMESTAMPTZ '2026-01-01 00:00:00+00'`],
  TIME: [`TIME '12:00:00'`],
  INTERVAL: [`INTERVAL 1 DAY`, `INTERVAL '-178000000 years'`],
  UUID: [`'00000000-0000-7000-8000-000000000000'::UUID`],
  BIT: [`'101'::BIT`],
  JSON: [`'{"a": [1, {"b": null}]}'::JSON`],
  LAMBDA: ['lambda x: x'],
  LIST: ['[1, 2, NULL]', '[[1], NULL]', '[]'],
  MAP: [`MAP {'a': 1}`],
  STRUCT: [`{'a': 1}`],
  ANY: ['1', 'NULL', `'${paths.secret}'`, '[1]', `{'a': 1}`],
};

function literalsOf(type) {
  const name = (type ?? 'ANY').toUpperCase();
  if (name.startsWith('STRUCT')) return LITERALS.STRUCT;
  if (name.startsWith('MAP')) return LITERALS.MAP;
  if (name.endsWith(']')) return LITERALS.LIST;
  if (/INT|DECIMAL|BIGNUM/.test(name)) return LITERALS.BIGINT;
  if (/FLOAT/.test(name)) return LITERALS.DOUBLE;
  return LITERALS[name] ?? LITERALS.ANY;
}

/**
 * Argument lists for one signature: first a plausible one, then hostile ones, then one of NULLs.
 */
function argumentLists(types) {
  const literals = types.map(literalsOf);
  const pick = (n) => literals.map((list) => list[n % list.length]).join(', ');
  const most = Math.max(2, ...literals.map((list) => list.length));
  return [...new Set([...Array(most).keys()].map(pick)), literals.map(() => 'NULL').join(', ')];
}

await openOne();
const [signaturesOf, views] = await askEngine(
  `SELECT lower(function_name), to_json(list(DISTINCT parameter_types)) FROM duckdb_functions()
   WHERE regexp_matches(function_name, '^[a-zA-Z_]') GROUP BY 1 ORDER BY 1`,
  'SELECT schema_name, view_name FROM duckdb_views() ORDER BY 1, 2',
);
const functions = signaturesOf.map(([name, types]) => [name, JSON.parse(types)]);

for (const [name, [signature = []]] of functions) {
  const lists = argumentLists(signature);
  const plausible = lists[0] ?? '';
  for (const list of lists) await tryInSession('statement', `SELECT ${name}(${list})`);
  for (const list of new Set([plausible, lists.at(-1) ?? ''])) {
    await tryInSession('definition', `SELECT * FROM ${name}(${list})`);
  }
  await tryInSession('result', `SELECT ${name}(${plausible}) AS a`);
  await tryInSession('test', `SELECT * FROM "${name.toUpperCase()}"(${plausible})`);
  await tryQuery(`SELECT ${name}(${plausible})`);
}
for (const [schema, view] of views) {
  for (const named of [
    `${schema}.${view}`,
    `system.${schema}.${view}`,
    view,
    `"${view.toUpperCase()}"`,
    `'${view}'`,
  ]) {
    const sql = `SELECT * FROM ${named}`;
    for (const where of Object.keys(inSession)) await tryInSession(where, sql);
  }
  await tryQuery(`SELECT * FROM ${schema}.${view}`);
}
await report({ functions: functions.length, views: views.length });
