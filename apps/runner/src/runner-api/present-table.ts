import type { TableDetail, TableSummary } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import {
  findRefSnapshot,
  MAIN_BRANCH,
  spellType,
  summaryCount,
  type Schema,
  type Snapshot,
  type TableMetadata,
} from '@rat/iceberg';
import type { TableDocs } from '@rat/store';
import type { MainCounts } from './count-table.ts';

/** What people wrote about a table; fields without words are left out. */
export function presentDocs(
  docs: TableDocs | undefined,
): Pick<TableSummary, 'description' | 'owner' | 'tags'> {
  if (docs === undefined) return {};
  const { description, owner, tags } = docs;
  return {
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(tags.length === 0 ? {} : { tags: [...tags] }),
  };
}

/** The details with what people wrote about the table and its columns. */
export function withDocs(detail: TableDetail, docs: TableDocs | undefined): TableDetail {
  if (docs === undefined) return detail;
  return { ...detail, ...presentDocs(docs), columns: describeColumns(detail.columns, docs) };
}

/** The columns with what people wrote about each. */
export function describeColumns<T extends { name: string }>(
  columns: readonly T[],
  docs: TableDocs | undefined,
): (T & { description?: string })[] {
  return columns.map((column) => {
    const words = Object.hasOwn(docs?.columns ?? {}, column.name)
      ? docs?.columns[column.name]
      : undefined;
    return words === undefined ? column : { ...column, description: words.description };
  });
}

/** A table by its current main. */
export function presentTable(
  table: PipelineRef,
  metadata: TableMetadata,
  counts: MainCounts | typeof UNKNOWN_COUNTS,
): TableSummary {
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  return {
    ...table,
    snapshot_id: head === undefined ? null : String(head['snapshot-id']),
    run_id: head === undefined ? null : runOf(head),
    ...counts,
    updated_at: head === undefined ? null : isoTime(mainSince(metadata, head)),
  };
}

/** The counts of a table that cannot be read. */
const UNKNOWN_COUNTS = { rows: null, bytes: null, files: null } as const;

/**
 * An existing table that cannot be read. With metadata, only its files are lost, and its versions
 * are still known.
 */
export function presentUnreadable(
  table: PipelineRef,
  reason: string,
  metadata?: TableMetadata,
): TableSummary {
  const summary =
    metadata === undefined
      ? { ...table, snapshot_id: null, run_id: null, ...UNKNOWN_COUNTS, updated_at: null }
      : presentTable(table, metadata, UNKNOWN_COUNTS);
  return { ...summary, unreadable: true, unreadable_reason: reason };
}

/** The same with details. The counts of its versions are those that their writers stored. */
export function presentUnreadableDetail(
  table: PipelineRef,
  reason: string,
  metadata?: TableMetadata,
): TableDetail {
  const details =
    metadata === undefined
      ? { columns: [], partition_by: [], refs: [], snapshots: [], history: [] }
      : presentTableDetail(table, metadata, undefined);
  return { ...details, ...presentUnreadable(table, reason, metadata) };
}

/** The columns of main; of a table without a version, those that its first one will have. */
export function columnsOfMain(metadata: TableMetadata): Schema['fields'] {
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  const schemaId = head?.['schema-id'] ?? metadata['current-schema-id'];
  return metadata.schemas.find((one) => one['schema-id'] === schemaId)?.fields ?? [];
}

/** A table with columns, partitions and every version that is kept. */
export function presentTableDetail(
  table: PipelineRef,
  metadata: TableMetadata,
  counts: MainCounts | undefined,
): TableDetail {
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  const fields = columnsOfMain(metadata);
  const names = new Map(fields.map((field) => [field.id, field.name]));
  const spec = metadata['partition-specs'].find(
    (one) => one['spec-id'] === metadata['default-spec-id'],
  );
  return {
    ...presentTable(table, metadata, counts ?? UNKNOWN_COUNTS),
    columns: fields.map(({ id, name, type }) => ({
      id,
      name,
      type: spellType(type),
    })),
    partition_by: (spec?.fields ?? []).map((field) => ({
      column: names.get(field['source-id']) ?? field.name,
      transform: field.transform,
    })),
    refs: Object.entries(metadata.refs).map(([name, ref]) => ({
      name,
      type: ref.type,
      snapshot_id: String(ref['snapshot-id']),
    })),
    snapshots: metadata.snapshots
      .map((one) => ({ ...presentSnapshot(one), ...(one === head ? counts : {}) }))
      .toReversed(),
    history: metadata['snapshot-log']
      .map((entry) => ({
        snapshot_id: String(entry['snapshot-id']),
        at: isoTime(entry['timestamp-ms']),
      }))
      .toReversed(),
  };
}

function presentSnapshot(snapshot: Snapshot): TableDetail['snapshots'][number] {
  const parent = snapshot['parent-snapshot-id'];
  return {
    id: String(snapshot['snapshot-id']),
    parent_id: parent === undefined ? null : String(parent),
    at: isoTime(snapshot['timestamp-ms']),
    operation: snapshot.summary['operation'] ?? 'append',
    run_id: runOf(snapshot),
    rows: count(snapshot, 'total-records'),
    rows_added: count(snapshot, 'added-records'),
    rows_removed: count(snapshot, 'deleted-records'),
    files: count(snapshot, 'total-data-files'),
    bytes: count(snapshot, 'total-files-size'),
  };
}

function runOf(snapshot: Snapshot): string | null {
  return snapshot.summary['rat.run-id'] ?? null;
}

/**
 * Missing counts of older versions are shown as 0: counting them would read the manifests of every
 * version.
 */
function count({ summary }: Snapshot, key: string): number {
  return summaryCount(summary, key) ?? 0;
}

/** When main became this snapshot. The run made the snapshot earlier, on its branch. */
function mainSince(metadata: TableMetadata, head: Snapshot): number {
  const last = metadata['snapshot-log'].at(-1);
  return last?.['snapshot-id'] === head['snapshot-id']
    ? last['timestamp-ms']
    : head['timestamp-ms'];
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
