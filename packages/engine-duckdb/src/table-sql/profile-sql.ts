import { quoteIdentifier } from '@rat/domain';
import { parsePrimitive, type IcebergType, type Schema } from '@rat/iceberg';

/**
 * How the values of a column are counted:
 * - `whole`: into ranges of whole numbers; a narrow column has one range for each number;
 * - `real`, `day`, `instant`: into ranges of equal width;
 * - `text`: by the most frequent values;
 * - `ordered`: only its least and greatest value are shown;
 * - `opaque`: not even these.
 */
export type ProfileKind = 'whole' | 'real' | 'day' | 'instant' | 'text' | 'ordered' | 'opaque';

/** A column of a table, and how it is profiled. */
export interface ProfiledColumn {
  id: number;
  name: string;
  type: IcebergType;
  kind: ProfileKind;
}

/** What a profile reads of one column. Times are numbers here: days or seconds since 1970. */
export interface ColumnFacts {
  values: number;
  /** An estimate. */
  distinct: number;
  min: string | null;
  max: string | null;
  /** Ranges of equal width, of which those without values are left out; ends are exclusive. */
  ranges: { from: number; to: number; rows: number }[] | undefined;
  /** The most frequent values first. Which they are is an estimate, their counts are exact. */
  topValues: { value: string; rows: number }[] | undefined;
}

/** The most ranges, and the most frequent values, that a column shows. */
const PROFILE_BUCKETS = 20;

/** Longer text is cut, so that the answer stays small. */
const TEXT_MAX = 200;

/** The columns of a table, and how each is profiled. */
export function profiledColumns(schema: Schema): ProfiledColumn[] {
  return schema.fields.map(({ id, name, type }) => ({ id, name, type, kind: kindOf(type) }));
}

function kindOf(type: IcebergType): ProfileKind {
  if (typeof type !== 'string') return 'opaque';
  switch (parsePrimitive(type).kind) {
    case 'int':
    case 'long':
      return 'whole';
    case 'float':
    case 'double':
    case 'decimal':
      return 'real';
    case 'date':
      return 'day';
    case 'timestamp':
    case 'timestamptz':
      return 'instant';
    case 'boolean':
    case 'string':
    case 'uuid':
      return 'text';
    case 'time':
      return 'ordered';
    case 'binary':
    case 'fixed':
      return 'opaque';
  }
}

/**
 * The view of a table that `profileSql` reads. Its columns have numbers for names: a name that the
 * sandbox refuses must not make a table unprofilable.
 */
export function profileViewSql(scan: string, columns: readonly ProfiledColumn[]): string {
  const shown = columns.map(({ name }, i) => `${quoteIdentifier(name)} AS c${i}`);
  return `SELECT ${['true AS present', ...shown].join(', ')} FROM (${scan})`;
}

/**
 * A SELECT that profiles all columns of a view by `profileViewSql`. It answers one row, which
 * `readProfile` reads, and scans the view twice: once for the facts, and once to count the values in
 * ranges that depend on these facts.
 *
 * @example
 * const columns = profiledColumns(schema);
 * const [row] = await query(profileSql('"shop".bronze.profiled', columns));
 * const { rows, facts } = readProfile(columns, row);
 */
export function profileSql(view: string, columns: readonly ProfiledColumn[]): string {
  const facts = columns.flatMap(factsOf);
  const bins = columns.map(({ kind }, i) => `${binOf(kind, i)} AS b${i}`);
  const counted = columns.map((_, i) => `histogram(b${i}) AS h${i}`);
  const shown = columns.flatMap((_, i) => FACTS.map((fact) => `f.${fact}${i}`).concat(`h.h${i}`));
  return `WITH facts AS MATERIALIZED (
  SELECT ${['count(*) AS present', ...facts].join(', ')} FROM ${view}
), bins AS (
  SELECT ${['true AS present', ...bins].join(', ')} FROM ${view} AS t, facts AS f
), counted AS (
  SELECT ${['count(*) AS present', ...counted].join(', ')} FROM bins
)
SELECT ${['f.present', ...shown].join(', ')} FROM facts AS f, counted AS h`;
}

const FACTS = ['values', 'distinct', 'min', 'max', 'lo', 'hi', 'top'].map((name) => `${name}_`);

function factsOf({ kind }: ProfiledColumn, i: number): string[] {
  const column = `c${i}`;
  const [values, distinct, min, max, lo, hi, top] = FACTS.map((fact) => `${fact}${i}`);
  const isShown = kind !== 'opaque';
  const number = numberOf(kind, column);
  // The exclusive end of whole numbers is the next number.
  const end = isWhole(kind) ? `max(${number}) + 1` : `max(${number})`;
  return [
    `count(${column}) AS ${values}`,
    `approx_count_distinct(${column}) AS ${distinct}`,
    `${isShown ? shortText(`min(${column})`) : 'NULL'} AS ${min}`,
    `${isShown ? shortText(`max(${column})`) : 'NULL'} AS ${max}`,
    `${number === undefined ? 'NULL' : `min(${number})`} AS ${lo}`,
    `${number === undefined ? 'NULL' : end} AS ${hi}`,
    `${kind === 'text' ? `approx_top_k(${shortText(column)}, ${PROFILE_BUCKETS})` : 'NULL'} AS ${top}`,
  ];
}

function shortText(expression: string): string {
  return `left(CAST(${expression} AS VARCHAR), ${TEXT_MAX})`;
}

/** The value as a number, NULL for an infinite one; undefined where values have no distance. */
function numberOf(kind: ProfileKind, column: string): string | undefined {
  switch (kind) {
    case 'whole':
      return `CAST(${column} AS DOUBLE)`;
    case 'real':
      return `CASE WHEN isfinite(CAST(${column} AS DOUBLE)) THEN CAST(${column} AS DOUBLE) END`;
    case 'day':
      return `CASE WHEN isfinite(${column}) THEN floor(epoch(${column}) / 86400) END`;
    case 'instant':
      return `CASE WHEN isfinite(${column}) THEN epoch(${column}) END`;
    case 'text':
    case 'ordered':
    case 'opaque':
      return undefined;
  }
}

/** Whether the values are whole numbers: of their own, or days. */
function isWhole(kind: ProfileKind): boolean {
  return kind === 'whole' || kind === 'day';
}

/** The number of the range, or of the frequent value, that a row counts in. */
function binOf(kind: ProfileKind, i: number): string {
  const number = numberOf(kind, `t.c${i}`);
  if (kind === 'text') return `list_position(f.top_${i}, ${shortText(`t.c${i}`)})`;
  if (number === undefined) return 'NULL';
  const [lo, hi] = [`f.lo_${i}`, `f.hi_${i}`];
  const ranges = isWhole(kind) ? `least(${PROFILE_BUCKETS}, ${hi} - ${lo})` : `${PROFILE_BUCKETS}`;
  // Halves: the distance of two great numbers may be infinite. A single value has no distance.
  const share = `(${number} / 2 - ${lo} / 2) / (${hi} / 2 - ${lo} / 2)`;
  // NULL first: `least` passes over it.
  return `CASE WHEN ${number} IS NULL THEN NULL WHEN ${hi} > ${lo} THEN CAST(least(${ranges} - 1, floor(${share} * ${ranges})) AS INTEGER) ELSE 0 END`;
}

/** Reads the row that `profileSql` answers, with its values as in an answer of a query. */
export function readProfile(
  columns: readonly ProfiledColumn[],
  row: readonly unknown[],
): { rows: number; facts: ColumnFacts[] } {
  const width = FACTS.length + 1;
  const facts = columns.map(({ kind }, i) => {
    const [values, distinct, min, max, lo, hi, top, counted] = row.slice(
      1 + i * width,
      1 + (i + 1) * width,
    );
    const count = Number(values);
    const bins = readBins(counted);
    return {
      values: count,
      distinct: Math.min(Number(distinct ?? 0), count),
      min: textOrNull(min),
      max: textOrNull(max),
      ranges:
        typeof lo === 'number' && typeof hi === 'number' ? rangesOf(kind, lo, hi, bins) : undefined,
      topValues: kind === 'text' ? topValuesOf(top, bins) : undefined,
    };
  });
  return { rows: Number(row[0]), facts };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A MAP from a number to a count, as a query answers it. */
function readBins(counted: unknown): Map<number, number> {
  const bins = new Map<number, number>();
  if (!Array.isArray(counted)) return bins;
  for (const entry of counted as { key: unknown; value: unknown }[]) {
    bins.set(Number(entry.key), Number(entry.value));
  }
  return bins;
}

function rangesOf(
  kind: ProfileKind,
  lo: number,
  hi: number,
  bins: ReadonlyMap<number, number>,
): ColumnFacts['ranges'] {
  const ranges = numberOfRanges(kind, lo, hi);
  const at = (n: number): number => {
    const place = n === ranges ? hi : lo + (hi / ranges - lo / ranges) * n;
    return isWhole(kind) ? Math.ceil(place) : place;
  };
  return [...bins]
    .toSorted(([one], [other]) => one - other)
    .map(([n, rows]) => ({ from: at(n), to: at(n + 1), rows }));
}

function numberOfRanges(kind: ProfileKind, lo: number, hi: number): number {
  if (hi <= lo) return 1;
  return isWhole(kind) ? Math.min(PROFILE_BUCKETS, hi - lo) : PROFILE_BUCKETS;
}

/** `list_position` counts from 1. */
function topValuesOf(top: unknown, bins: ReadonlyMap<number, number>): ColumnFacts['topValues'] {
  if (!Array.isArray(top)) return [];
  return (top as unknown[])
    .map((value, i) => ({ value: String(value), rows: bins.get(i + 1) ?? 0 }))
    .filter(({ rows }) => rows > 0)
    .toSorted((one, other) => other.rows - one.rows);
}
