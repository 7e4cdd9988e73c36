import { quotedIdentifier, type DuckDBConnection } from '@duckdb/node-api';
import type { ComparedScans, TableDifference } from '@rat/engine';
import { isTextOnly } from '../values/json-value.ts';
import { readJsonRows } from '../values/read-rows.ts';

/** The platform's own names here begin like its other ones, so no column of a table can collide. */
const BEFORE = '__rat_before';
const AFTER = '__rat_after';
const ROWS = '__rat_rows';
const HASH = '__rat_hash';

/**
 * Compares two scans of one table. By key, the rows of a key are counted and hashed together, so
 * that a key with several rows is compared as a whole. Only columns that both scans have count. One
 * whose type differs is text in both: DuckDB casts no text to a number without failing, and equal
 * numbers of two types have two hashes.
 */
export async function compareScans(
  connection: DuckDBConnection,
  scans: ComparedScans,
): Promise<TableDifference> {
  await showScans(connection, scans, []);
  try {
    const common = await commonColumns(connection);
    const retyped = common.filter(({ isRetyped }) => isRetyped);
    if (retyped.length > 0) await showScans(connection, scans, retyped);
    const columns = retyped.length > 0 ? await commonColumns(connection) : common;
    const names = new Map(columns.map(({ name }) => [name.toLowerCase(), name]));
    const keys = scans.keys.flatMap((key) => names.get(key.toLowerCase()) ?? []);
    const isKeyed = keys.length > 0 && keys.length === scans.keys.length;
    return isKeyed
      ? await compareByKey(connection, { ...scans, columns, keys })
      : await compareRows(connection, { ...scans, columns });
  } finally {
    for (const view of [BEFORE, AFTER]) await connection.run(`DROP VIEW ${view}`);
  }
}

/** Makes both scans views, in which these columns are text. */
async function showScans(
  connection: DuckDBConnection,
  { before, after }: ComparedScans,
  asText: readonly Column[],
): Promise<void> {
  const casts = asText.map(({ name }) => {
    const column = quotedIdentifier(name);
    return `CAST(${column} AS VARCHAR) AS ${column}`;
  });
  const replaced = casts.length === 0 ? '' : ` REPLACE (${casts.join(', ')})`;
  for (const [view, scan] of [
    [BEFORE, before],
    [AFTER, after],
  ])
    await connection.run(
      `CREATE OR REPLACE TEMP VIEW ${view} AS SELECT *${replaced} FROM (${scan})`,
    );
}

interface Column {
  name: string;
  /** Whether the Node client would lose a part of its values. */
  isTextOnly: boolean;
  /** Whether the scans have it in two types. */
  isRetyped: boolean;
}

async function commonColumns(connection: DuckDBConnection): Promise<Column[]> {
  const before = await connection.prepare(`SELECT * FROM ${BEFORE}`);
  const after = await connection.prepare(`SELECT * FROM ${AFTER}`);
  try {
    const types = new Map(
      Array.from({ length: before.columnCount }, (_, i) => [
        before.columnName(i).toLowerCase(),
        String(before.columnType(i)),
      ]),
    );
    return Array.from({ length: after.columnCount }, (_, i) => ({
      name: after.columnName(i),
      isTextOnly: isTextOnly(after.columnType(i)),
      isRetyped: String(after.columnType(i)) !== types.get(after.columnName(i).toLowerCase()),
    })).filter(({ name }) => types.has(name.toLowerCase()));
  } finally {
    before.destroySync();
    after.destroySync();
  }
}

type Compared = Pick<ComparedScans, 'sample' | 'maxBytes'> & { columns: readonly Column[] };

async function compareByKey(
  connection: DuckDBConnection,
  compared: Compared & { keys: readonly string[] },
): Promise<TableDifference> {
  const { columns, keys, sample } = compared;
  const list = keys.map(quotedIdentifier).join(', ');
  const hash = `sum(hash(${columns.map(({ name }) => quotedIdentifier(name)).join(', ')})::HUGEINT)`;
  const grouped = (view: string): string =>
    `(SELECT ${list}, count(*) AS ${ROWS}, ${hash} AS ${HASH} FROM ${view} GROUP BY ${list})`;
  const same = sameKeys(keys);
  const differs = `a.${ROWS} <> b.${ROWS} OR a.${HASH} <> b.${HASH}`;
  const counted = await readCounts(
    connection,
    `SELECT coalesce(sum(a.${ROWS}) FILTER (b.${ROWS} IS NULL), 0),
       coalesce(sum(b.${ROWS}) FILTER (a.${ROWS} IS NULL), 0),
       coalesce(sum(a.${ROWS}) FILTER (${differs}), 0)
     FROM ${grouped(AFTER)} a FULL JOIN ${grouped(BEFORE)} b ON ${same}`,
  );
  const [gained = 0, lost = 0, changed = 0] = counted;
  const only = (view: string, other: string): string =>
    `SELECT ${shown(columns, 'a')} FROM ${view} a
     WHERE NOT EXISTS (SELECT 1 FROM ${other} b WHERE ${same}) LIMIT ${sample}`;
  const pairs = `SELECT ${shown(columns, 'b')}, ${shown(columns, 'a')}
     FROM ${AFTER} a JOIN ${BEFORE} b ON ${same}
     WHERE ${columns.map(({ name }) => `a.${quotedIdentifier(name)} IS DISTINCT FROM b.${quotedIdentifier(name)}`).join(' OR ')}
     LIMIT ${sample}`;
  const rows = await readSample(connection, changed === 0 ? undefined : pairs, compared);
  return {
    gained,
    lost,
    changed,
    columns: columns.map(({ name }) => name),
    samples: {
      gained: await readSample(
        connection,
        gained === 0 ? undefined : only(AFTER, BEFORE),
        compared,
      ),
      lost: await readSample(connection, lost === 0 ? undefined : only(BEFORE, AFTER), compared),
      changed: rows.map((row) => ({
        before: row.slice(0, columns.length),
        after: row.slice(columns.length),
      })),
    },
  };
}

async function compareRows(
  connection: DuckDBConnection,
  compared: Compared,
): Promise<TableDifference> {
  const { columns, sample } = compared;
  const list = columns.map(({ name }) => quotedIdentifier(name)).join(', ');
  // Without a common column every row is another one.
  const minus = (view: string, other: string): string =>
    columns.length === 0
      ? `SELECT 1 AS one FROM ${view}`
      : `SELECT ${list} FROM ${view} EXCEPT ALL SELECT ${list} FROM ${other}`;
  const count = (sql: string) => readCounts(connection, `SELECT count(*) FROM (${sql})`);
  const [gained = 0] = await count(minus(AFTER, BEFORE));
  const [lost = 0] = await count(minus(BEFORE, AFTER));
  const some = (total: number, sql: string) =>
    readSample(
      connection,
      total === 0 || columns.length === 0
        ? undefined
        : `SELECT ${shown(columns, 'a')} FROM (${sql}) a LIMIT ${sample}`,
      compared,
    );
  return {
    gained,
    lost,
    changed: undefined,
    columns: columns.map(({ name }) => name),
    samples: {
      gained: await some(gained, minus(AFTER, BEFORE)),
      lost: await some(lost, minus(BEFORE, AFTER)),
      changed: [],
    },
  };
}

function sameKeys(keys: readonly string[]): string {
  return keys
    .map((key) => `a.${quotedIdentifier(key)} IS NOT DISTINCT FROM b.${quotedIdentifier(key)}`)
    .join(' AND ');
}

function shown(columns: readonly Column[], alias: string): string {
  return columns
    .map(({ name, isTextOnly: isText }) => {
      const column = `${alias}.${quotedIdentifier(name)}`;
      return isText ? `CAST(${column} AS VARCHAR)` : column;
    })
    .join(', ');
}

async function readCounts(connection: DuckDBConnection, sql: string): Promise<number[]> {
  const [row = []] = (await connection.runAndReadAll(sql)).getRows();
  return row.map(Number);
}

async function readSample(
  connection: DuckDBConnection,
  sql: string | undefined,
  { sample, maxBytes }: Compared,
): Promise<unknown[][]> {
  if (sql === undefined) return [];
  const { rows } = await readJsonRows(await connection.stream(sql), { maxRows: sample, maxBytes });
  return rows;
}
