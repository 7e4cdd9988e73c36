import { quoteIdentifier } from '@rat/domain';
import { parsePrimitive, type IcebergType, type Schema, type SchemaField } from '@rat/iceberg';
import { duckdbType } from './column-types.ts';

/** A column that both versions have. */
export interface ComparedColumn {
  name: string;
  /** Its type in the newer version. */
  type: IcebergType;
  /** Whether the type changed so that only texts can be compared. */
  retyped: boolean;
  /** The DuckDB type that both are compared as. */
  as: string;
}

/** Which columns of two versions are compared. */
export interface DiffColumns {
  compared: ComparedColumn[];
  added: SchemaField[];
  removed: SchemaField[];
}

/** Compares two schemas by the names of their columns. */
export function diffColumns(from: Schema, to: Schema): DiffColumns {
  const before = new Map(from.fields.map((field) => [field.name, field]));
  const after = new Set(to.fields.map(({ name }) => name));
  const compared: ComparedColumn[] = [];
  for (const { name, type } of to.fields) {
    const old = before.get(name);
    if (old === undefined) continue;
    const retyped = !isWidened(old.type, type);
    compared.push({ name, type, retyped, as: retyped ? 'VARCHAR' : duckdbType(type) });
  }
  return {
    compared,
    added: to.fields.filter(({ name }) => !before.has(name)),
    removed: from.fields.filter(({ name }) => !after.has(name)),
  };
}

/** Whether every value of the old type is a value of the new one: the promotions of Iceberg. */
function isWidened(from: IcebergType, to: IcebergType): boolean {
  if (duckdbType(from) === duckdbType(to)) return true;
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  const [old, wide] = [parsePrimitive(from), parsePrimitive(to)];
  if (old.kind === 'decimal' && wide.kind === 'decimal') {
    return old.scale === wide.scale && old.precision <= wide.precision;
  }
  return (
    (old.kind === 'int' && wide.kind === 'long') || (old.kind === 'float' && wide.kind === 'double')
  );
}

/** The two views that the statements of a diff read, by their full names. */
export interface DiffViews {
  from: string;
  to: string;
}

/**
 * The view of one version that a diff reads. Its columns have numbers for names: a name that the
 * sandbox refuses must not make two versions incomparable.
 */
export function diffViewSql(scan: string, columns: readonly ComparedColumn[]): string {
  const shown = columns.map(
    ({ name, as }, i) => `CAST(${quoteIdentifier(name)} AS ${as}) AS c${i}`,
  );
  return `SELECT ${shown.join(', ')} FROM (${scan})`;
}

/** How many values of the key several rows share, in the one version and in the other. */
export function repeatedKeysSql({ from, to }: DiffViews, key: readonly number[]): string {
  const repeated = (view: string): string =>
    `(SELECT count(*) FROM (SELECT 1 FROM ${view} GROUP BY ${names(key)} HAVING count(*) > 1))`;
  return `SELECT ${repeated(from)}, ${repeated(to)}`;
}

/** Counts the added, the removed and the changed rows. The key must be unique in both versions. */
export function countChangesSql(views: DiffViews, columns: number, key: readonly number[]): string {
  if (key.length === 0) {
    return `SELECT coalesce(sum(n) FILTER (n > 0), 0)::BIGINT, coalesce(-sum(n) FILTER (n < 0), 0)::BIGINT, 0
      FROM (${wholeRowsSql(views, columns)})`;
  }
  return `SELECT ${CHANGES.map((change) => `count(*) FILTER (change = '${change}')`).join(', ')}
    FROM (SELECT ${changeOf(columns, key)} AS change FROM ${pairs(views, key)})`;
}

/** The kinds of change, in the order of the counts of `countChangesSql`. */
export const CHANGES = ['added', 'removed', 'changed'] as const;
export type RowChange = (typeof CHANGES)[number];

/**
 * Reads rows of each kind of change, as many as `wanted` says: the change, then the values before,
 * then the values after. In the order of the key.
 */
export function sampleChangesSql(
  views: DiffViews,
  columns: number,
  { key, wanted }: { key: readonly number[]; wanted: Readonly<Record<RowChange, number>> },
): string {
  const all = range(columns);
  const selects = CHANGES.filter((change) => wanted[change] > 0).map((change) => {
    const limit = `LIMIT ${wanted[change]}`;
    if (key.length === 0) {
      const sign = change === 'added' ? '>' : '<';
      const nulls = all.map((i) => `NULL AS n${i}`).join(', ');
      const shown = change === 'added' ? `${nulls}, ${names(all)}` : `${names(all)}, ${nulls}`;
      return `(SELECT '${change}' AS change, ${shown} FROM (${wholeRowsSql(views, columns)}) WHERE n ${sign} 0 ORDER BY ${names(all)} ${limit})`;
    }
    const side = change === 'removed' ? 'f' : 't';
    const order = key.map((i) => `${side}.c${i}`).join(', ');
    const shown = [...all.map((i) => `f.c${i}`), ...all.map((i) => `t.c${i}`)].join(', ');
    return `(SELECT '${change}' AS change, ${shown} FROM ${pairs(views, key)} WHERE ${changeOf(columns, key)} = '${change}' ORDER BY ${order} ${limit})`;
  });
  return selects.join('\nUNION ALL\n');
}

/** Rows with how many more of them the newer version has; without equal numbers. */
function wholeRowsSql({ from, to }: DiffViews, columns: number): string {
  const all = names(range(columns));
  return `SELECT ${all}, sum(side) AS n FROM (SELECT ${all}, -1 AS side FROM ${from} UNION ALL SELECT ${all}, 1 AS side FROM ${to}) GROUP BY ${all} HAVING sum(side) <> 0`;
}

/** Each row of one version beside its partner in the other, or beside none. */
function pairs({ from, to }: DiffViews, key: readonly number[]): string {
  const same = key.map((i) => `f.c${i} IS NOT DISTINCT FROM t.c${i}`).join(' AND ');
  return `(SELECT true AS there, * FROM ${from}) AS f FULL OUTER JOIN (SELECT true AS there, * FROM ${to}) AS t ON ${same}`;
}

function changeOf(columns: number, key: readonly number[]): string {
  const others = range(columns).filter((i) => !key.includes(i));
  const differs = others.map((i) => `f.c${i} IS DISTINCT FROM t.c${i}`).join(' OR ');
  return `CASE WHEN f.there IS NULL THEN 'added' WHEN t.there IS NULL THEN 'removed'${
    differs === '' ? '' : ` WHEN ${differs} THEN 'changed'`
  } END`;
}

function names(columns: readonly number[]): string {
  return columns.map((i) => `c${i}`).join(', ');
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
