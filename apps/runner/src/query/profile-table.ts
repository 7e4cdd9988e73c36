import {
  columnProfile,
  type ColumnProfile,
  type RunnerRequest,
  type TableProfile,
} from '@rat/contracts';
import { formatRef, NotFoundError } from '@rat/domain';
import {
  profiledColumns,
  profileSql,
  profileViewSql,
  readProfile,
  type ColumnFacts,
  type ProfiledColumn,
} from '@rat/engine-duckdb/table-sql';
import { findRefSnapshot, MAIN_BRANCH, readSnapshot, spellType } from '@rat/iceberg';
import { findTableProfile, saveTableProfile } from '@rat/store';
import { z } from 'zod';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import type { QueryRunner } from './query-runner.ts';
import { openMetadata, scanOf, takeRows, viewOf } from './table-version.ts';

/** The most columns of one profile: its statement has eight expressions for each. */
const COLUMNS_MAX = 250;

const DAY_MS = 86_400_000;

/**
 * Returns the profile of a table's main. It is computed once for each version, in the sandbox of
 * queries and under their limits, and reads the files of this version only. Throws NotFoundError, and
 * as QueryRunner.run does.
 *
 * @example
 * const profile = await profileTable(deps, { namespace, layer, name }, signal);
 * profile.columns[0].nulls;
 */
export async function profileTable(
  deps: Pick<AttemptDeps, 'db' | 'tables'> & { queries: QueryRunner },
  { client = '', ...table }: RunnerRequest<'profile-table'>,
  signal: AbortSignal,
): Promise<TableProfile> {
  const metadata = await openMetadata(deps, table);
  const id = findRefSnapshot(metadata, MAIN_BRANCH)?.['snapshot-id'];
  if (id === undefined) {
    throw new NotFoundError(`table ${formatRef(table)} has not been published yet`);
  }
  const snapshotId = String(id);
  const known = await findTableProfile(deps.db, table, snapshotId);
  const kept = storedProfile.safeParse(known?.profile);
  if (known !== undefined && kept.success) {
    return present(table, snapshotId, kept.data, known.computedAt, true);
  }
  const { schema, files } = await withTableName(table, () =>
    readSnapshot(deps.tables, metadata, id),
  );
  const all = profiledColumns(schema);
  const columns = all.slice(0, COLUMNS_MAX);
  const view = viewOf('profiled');
  const scan = scanOf(schema, files);
  const shown = { ...view.ref, ...scan, sql: profileViewSql(scan.sql, columns) };
  const answer = await deps.queries.run(
    { sql: profileSql(view.sql, columns), namespace: view.ref.namespace, maxRows: 1 },
    () => Promise.resolve({ type: 'tables', tables: [shown] }),
    { client, signal },
  );
  const [row = []] = await takeRows(answer);
  const { rows, facts } = readProfile(columns, row);
  const profile: StoredProfile = {
    rows,
    columns: columns.flatMap((column, i) => {
      const found = facts[i];
      return found === undefined ? [] : [presentColumn(column, found, rows)];
    }),
    columns_skipped: all.length - columns.length,
  };
  const computedAt = await saveTableProfile(deps.db, table, snapshotId, profile);
  return present(table, snapshotId, profile, computedAt, false);
}

/** What is stored of a profile. A row of another form, of an older version, is computed again. */
const storedProfile = z.object({
  rows: z.number(),
  columns: z.array(columnProfile),
  columns_skipped: z.number(),
});
type StoredProfile = z.infer<typeof storedProfile>;

function present(
  table: Pick<TableProfile, 'namespace' | 'layer' | 'name'>,
  snapshotId: string,
  profile: StoredProfile,
  computedAt: Date,
  cached: boolean,
): TableProfile {
  return {
    ...table,
    snapshot_id: snapshotId,
    ...profile,
    distinct_is_approximate: true,
    computed_at: computedAt.toISOString(),
    cached,
  };
}

function presentColumn(column: ProfiledColumn, facts: ColumnFacts, rows: number): ColumnProfile {
  const { id, name, type } = column;
  return {
    id,
    name,
    type: spellType(type),
    nulls: rows - facts.values,
    distinct: facts.distinct,
    min: facts.min,
    max: facts.max,
    histogram: presentRanges(column, facts.ranges),
    top_values: facts.topValues ?? null,
  };
}

function presentRanges(
  column: ProfiledColumn,
  ranges: ColumnFacts['ranges'],
): ColumnProfile['histogram'] {
  switch (column.kind) {
    case 'whole':
    case 'real':
      return ranges ?? [];
    case 'day':
    case 'instant':
      return (ranges ?? []).map(({ from, to, rows }) => ({
        from: timeText(column, from),
        to: timeText(column, to),
        rows,
      }));
    case 'text':
    case 'ordered':
    case 'opaque':
      return null;
  }
}

/** Days or seconds since 1970 in ISO 8601; the number itself for a year that JavaScript lacks. */
function timeText({ kind, type }: ProfiledColumn, value: number): string | number {
  const at = new Date(kind === 'day' ? value * DAY_MS : value * 1_000);
  if (Number.isNaN(at.getTime())) return value;
  const text = at.toISOString();
  if (kind === 'day') return text.slice(0, text.indexOf('T'));
  return type === 'timestamptz' ? text : text.replace(/Z$/, '');
}
