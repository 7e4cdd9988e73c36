import type { DifferentRow, RunnerRequest, TableDiff } from '@rat/contracts';
import { formatRef, InputError } from '@rat/domain';
import {
  CHANGES,
  countChangesSql,
  diffColumns,
  diffViewSql,
  repeatedKeysSql,
  sampleChangesSql,
  type ComparedColumn,
  type RowChange,
} from '@rat/engine-duckdb/table-sql';
import { readSnapshot, spellType, type IcebergType, type LiveFile } from '@rat/iceberg';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import type { QueryRunner } from './query-runner.ts';
import { findVersion, openMetadata, scanOf, takeRows, viewOf } from './table-version.ts';

const FROM = viewOf('version_from');
const TO = viewOf('version_to');
const VIEWS = { from: FROM.sql, to: TO.sql };

/**
 * Compares two versions of a table: counts the rows that were added, removed and changed, and shows
 * some of them. Only the files that one version has and the other lacks are read. Every statement is
 * a query of its own, under the limits of queries.
 *
 * Throws NotFoundError for an unknown table or version; InputError for a key that a version lacks or
 * that is not unique in it; and as QueryRunner.run does.
 */
export async function diffTable(
  deps: Pick<AttemptDeps, 'db' | 'tables'> & { queries: QueryRunner },
  request: RunnerRequest<'diff-table'>,
  signal: AbortSignal,
): Promise<TableDiff> {
  const { client = '', from: fromText, to: toText, key, limit, ...table } = request;
  const metadata = await openMetadata(deps, table);
  const [fromId, toId] = [
    findVersion(metadata, table, fromText),
    findVersion(metadata, table, toText),
  ];
  const [from, to] = await withTableName(table, () =>
    Promise.all([
      readSnapshot(deps.tables, metadata, fromId),
      readSnapshot(deps.tables, metadata, toId),
    ]),
  );
  const { compared, added, removed } = diffColumns(from.schema, to.schema);
  if (compared.length === 0) {
    throw new InputError(`the two versions of ${formatRef(table)} have no column in common`);
  }
  const keyColumns = key.map((name) => indexOfKey(compared, name));
  const files = differentFiles(from.files, to.files);
  const tables = [
    { ...FROM.ref, ...scanOf(from.schema, files.from) },
    { ...TO.ref, ...scanOf(to.schema, files.to) },
  ].map((shown) => ({ ...shown, sql: diffViewSql(shown.sql, compared) }));
  const ask: Ask = async (sql, maxRows) =>
    takeRows(
      await deps.queries.run(
        { sql, namespace: FROM.ref.namespace, maxRows },
        () => Promise.resolve({ type: 'tables', tables }),
        { client, signal },
      ),
    );
  const isSame = files.from.length === 0 && files.to.length === 0;
  const names = compared.map(({ name }) => name);
  const { counts, sample } = isSame
    ? NO_CHANGES
    : await readChanges(ask, { names, key: keyColumns, limit });
  return {
    ...table,
    from_snapshot_id: String(fromId),
    to_snapshot_id: String(toId),
    key,
    rows_added: counts.added,
    rows_removed: counts.removed,
    rows_changed: counts.changed,
    columns: compared.map(presentColumn),
    columns_added: added.map(presentColumn),
    columns_removed: removed.map(presentColumn),
    columns_retyped: compared.filter(({ retyped }) => retyped).map(({ name }) => name),
    sample,
  };
}

/** Runs one statement over the two views. */
type Ask = (sql: string, maxRows: number) => Promise<unknown[][]>;

interface Changes {
  counts: Readonly<Record<RowChange, number>>;
  sample: DifferentRow[];
}

const NO_CHANGES: Changes = { counts: { added: 0, removed: 0, changed: 0 }, sample: [] };

/** `key`: indexes of `names`. */
async function readChanges(
  ask: Ask,
  { names, key, limit }: { names: readonly string[]; key: readonly number[]; limit: number },
): Promise<Changes> {
  if (key.length > 0) {
    // A join by a key that many rows share would take for ever, and would match them at random.
    const [repeated = []] = await ask(repeatedKeysSql(VIEWS, key), 1);
    refuseRepeated(
      key.map((i) => names[i] ?? ''),
      repeated.map(Number),
    );
  }
  const [row = []] = await ask(countChangesSql(VIEWS, names.length, key), 1);
  const [added = 0, removed = 0, changed = 0] = row.map(Number);
  const counts = { added, removed, changed };
  const wanted = shareSample(counts, limit);
  if (CHANGES.every((change) => wanted[change] === 0)) return { counts, sample: [] };
  const rows = await ask(sampleChangesSql(VIEWS, names.length, { key, wanted }), limit);
  return { counts, sample: rows.map((one) => presentRow(one, names)) };
}

/** A pipeline names its key in any case of letters. */
function indexOfKey(compared: readonly ComparedColumn[], name: string): number {
  const exact = compared.findIndex((column) => column.name === name);
  if (exact >= 0) return exact;
  const lower = name.toLowerCase();
  const index = compared.findIndex((column) => column.name.toLowerCase() === lower);
  if (index >= 0) return index;
  throw badKey(`one of the versions has no column ${name}`);
}

function presentColumn({ name, type }: { name: string; type: IcebergType }): {
  name: string;
  type: string;
} {
  return { name, type: spellType(type) };
}

/**
 * The files that only one of the versions has. Rows of a file that both have are the same in both, so
 * they cancel out; but not where delete files remove some of them.
 */
function differentFiles(
  from: readonly LiveFile[],
  to: readonly LiveFile[],
): { from: readonly LiveFile[]; to: readonly LiveFile[] } {
  if ([...from, ...to].some(({ content }) => content !== 'data')) return { from, to };
  const [inFrom, inTo] = [from, to].map((files) => new Set(files.map(({ path }) => path)));
  return {
    from: from.filter(({ path }) => inTo?.has(path) !== true),
    to: to.filter(({ path }) => inFrom?.has(path) !== true),
  };
}

function refuseRepeated(key: readonly string[], [inFrom = 0, inTo = 0]: readonly number[]): void {
  const where = [...(inFrom > 0 ? ['from'] : []), ...(inTo > 0 ? ['to'] : [])];
  if (where.length === 0) return;
  throw badKey(
    `${key.join(', ')} is not unique in the version \`${where.join('` and `')}\`: ${Math.max(inFrom, inTo)} values of it belong to several rows; name more columns, or an empty key to compare whole rows`,
  );
}

function badKey(message: string): InputError {
  return new InputError(`key: ${message}`, [{ path: 'key', message }]);
}

/**
 * How many rows of each kind the sample shows: the same number of each, and what one kind does not
 * need goes to the others.
 */
export function shareSample(
  found: Readonly<Record<RowChange, number>>,
  limit: number,
): Record<RowChange, number> {
  const wanted: Record<RowChange, number> = { added: 0, removed: 0, changed: 0 };
  let room = limit;
  const open = [...CHANGES].toSorted((one, other) => found[one] - found[other]);
  for (const [i, change] of open.entries()) {
    wanted[change] = Math.min(found[change], Math.ceil(room / (open.length - i)));
    room -= wanted[change];
  }
  return wanted;
}

/** A row of `sampleChangesSql`: the change, the values before, the values after. */
function presentRow(row: readonly unknown[], names: readonly string[]): DifferentRow {
  // The cast: the statement writes only these words.
  const change = row[0] as RowChange;
  const before = row.slice(1, 1 + names.length);
  const after = row.slice(1 + names.length);
  switch (change) {
    case 'added':
      return { change, before: null, after };
    case 'removed':
      return { change, before, after: null };
    case 'changed': {
      const isOther = (i: number): boolean =>
        JSON.stringify(before[i]) !== JSON.stringify(after[i]);
      return { change, before, after, changed_columns: names.filter((_, i) => isOther(i)) };
    }
  }
}
