/*
 * The merge strategies in the plainest form: lists of rows. Written from their definitions and
 * sharing no code with the implementation, so that a mistake must be made twice to stay unseen.
 */

/** Values are text, as DuckDB prints them. A column that a row lacks is NULL. */
export type ModelRow = Readonly<Record<string, string | null>>;

export interface ModelTable {
  columns: string[];
  /** By column, as DuckDB spells them. */
  types: Readonly<Record<string, string>>;
  rows: ModelRow[];
}

export interface ModelRun {
  strategy: string;
  keys: string[];
  onEmpty: string;
  onMissing: string;
  /** As DuckDB prints it. */
  startedAt: string;
  columns: string[];
  /** The rows of the batch. */
  types: Readonly<Record<string, string>>;
  batch: ModelRow[];
}

export interface ModelAnswer {
  table: ModelTable;
  written: number;
  deleted: number;
}

const VERSION_TYPES: Readonly<Record<string, string>> = {
  valid_from: 'TIMESTAMP WITH TIME ZONE',
  valid_to: 'TIMESTAMP WITH TIME ZONE',
  is_current: 'BOOLEAN',
};
const VERSION = Object.keys(VERSION_TYPES);

/** Each type holds all values of the narrower ones, and prints them alike. */
const WIDENING = [
  ['INTEGER', 'BIGINT'],
  ['DECIMAL(9,2)', 'DECIMAL(12,2)', 'DECIMAL(20,2)'],
];

/** The table after a run, and the run's figures. */
export function merge(before: ModelTable, run: ModelRun): ModelAnswer {
  const added = run.strategy === 'scd2' ? [...run.columns, ...VERSION] : run.columns;
  const columns = [...before.columns, ...added.filter((name) => !before.columns.includes(name))];
  const { rows, written, deleted } = mergeRows(before, run, columns);
  return { table: { columns, types: mergeTypes(before, run, columns), rows }, written, deleted };
}

/** A column becomes as wide as the widest batch, and never narrower. */
function mergeTypes(before: ModelTable, run: ModelRun, columns: string[]): ModelTable['types'] {
  return Object.fromEntries(
    columns.map((name) => {
      const own = VERSION.includes(name) ? VERSION_TYPES[name] : undefined;
      const known = before.types[name] ?? own ?? run.types[name] ?? '';
      const incoming = run.types[name] ?? known;
      const order = WIDENING.find((types) => types.includes(known)) ?? [known];
      const width = Math.max(order.indexOf(known), order.indexOf(incoming));
      return [name, order[width] ?? known];
    }),
  );
}

interface Merged {
  rows: ModelRow[];
  written: number;
  deleted: number;
}

function mergeRows({ rows }: ModelTable, run: ModelRun, columns: string[]): Merged {
  const { batch, keys } = run;
  const key = (row: ModelRow): string => text(row, keys);
  switch (run.strategy) {
    case 'full_refresh':
      if (batch.length === 0 && run.onEmpty === 'keep') return { rows, written: 0, deleted: 0 };
      return { rows: batch, written: batch.length, deleted: rows.length };
    case 'append_only':
      return { rows: [...rows, ...batch], written: batch.length, deleted: 0 };
    case 'delete_insert':
    case 'snapshot': {
      const kept = rows.filter((row) => !batch.some((other) => key(other) === key(row)));
      const deleted = rows.length - kept.length;
      return { rows: [...kept, ...batch], written: batch.length, deleted };
    }
    case 'incremental': {
      const result = { rows, written: 0, deleted: 0 };
      for (const row of lastRows(batch, key)) {
        const same = result.rows.filter((other) => key(other) === key(row));
        if (same.length === 1 && same.every((other) => text(other, columns) === text(row, columns)))
          continue;
        result.rows = [...result.rows.filter((other) => key(other) !== key(row)), row];
        result.written += 1;
        result.deleted += same.length;
      }
      return result;
    }
    case 'scd2':
      return versions(rows, run, columns);
    default:
      throw new Error(`no such strategy: ${run.strategy}`);
  }
}

function versions(rows: ModelRow[], run: ModelRun, columns: string[]): Merged {
  const key = (row: ModelRow): string => text(row, run.keys);
  const tracked = columns.filter((name) => !VERSION.includes(name));
  const latest = lastRows(run.batch, key);
  const result: Merged = { rows: [], written: 0, deleted: 0 };
  const unchanged = new Set<string>();
  for (const row of rows) {
    const now = latest.find((other) => key(other) === key(row));
    const stays =
      row['is_current'] !== 'true' ||
      (now === undefined ? run.onMissing === 'keep' : text(now, tracked) === text(row, tracked));
    if (row['is_current'] === 'true' && now !== undefined && stays) unchanged.add(key(row));
    if (!stays) result.deleted += 1;
    result.rows.push(stays ? row : { ...row, valid_to: run.startedAt, is_current: 'false' });
  }
  for (const row of latest) {
    if (unchanged.has(key(row))) continue;
    result.written += 1;
    result.rows.push({ ...row, valid_from: run.startedAt, valid_to: null, is_current: 'true' });
  }
  return result;
}

function lastRows(batch: readonly ModelRow[], key: (row: ModelRow) => string): ModelRow[] {
  return batch.filter((row, i) => !batch.slice(i + 1).some((later) => key(later) === key(row)));
}

/** Equal exactly for rows that agree in these columns. */
export function text(row: ModelRow, columns: readonly string[]): string {
  return JSON.stringify(columns.map((column) => row[column] ?? null));
}
