/**
 * Tables and landing zones: where they lie, and the Iceberg v2 format that tables are kept in.
 *
 * Promises: every attempt writes into a folder of its own, so attempts never meet; a listing of a landing zone names
 * plain files only, in a fixed order; whatever is discarded is gone, and discarding it again does nothing. What is
 * written is valid Iceberg, never written twice under one name, and durable before it is returned; what other writers
 * wrote keeps the parts that we do not know. Every change of a table is a function from metadata to metadata.
 * Refuses to know: DuckDB sessions (it writes their SQL, they run it), Postgres, which metadata of a table is current.
 * Fails: `InputError` for a name that would leave its root; `TableFormatError`, `UnsupportedTypeError`,
 * `SchemaConflictError` and `StaleBranchError` as their docblocks say; `ConflictError` for a change that was made from
 * an older state; errors of the file system as they are.
 */
export * from './iceberg/bounds-rows.ts';
export * from './iceberg/column-types.ts';
export * from './iceberg/data-file.ts';
export * from './iceberg/data-file-from-stats.ts';
export * from './iceberg/errors.ts';
export * from './iceberg/evolve-schema.ts';
export * from './iceberg/expire-files.ts';
export * from './iceberg/expire-snapshots.ts';
export * from './iceberg/field-ids.ts';
export * from './iceberg/file-names.ts';
export * from './iceberg/lossless-json.ts';
export * from './iceberg/manifest.ts';
export * from './iceberg/manifest-list.ts';
export * from './iceberg/metadata-ops.ts';
export * from './iceberg/new-table.ts';
export * from './iceberg/partition-layout.ts';
export * from './iceberg/partition-types.ts';
export * from './iceberg/read-snapshot.ts';
export { replaceSchema } from './iceberg/replace-schema.ts';
export * from './iceberg/table-scan-sql.ts';
export * from './iceberg/seal-commit.ts';
export * from './iceberg/snapshot-graph.ts';
export * from './iceberg/snapshot-summary.ts';
export * from './iceberg/snapshot-totals.ts';
export * from './iceberg/sql-text.ts';
export * from './iceberg/table-metadata.ts';
export * from './iceberg/table-schemas.ts';
export * from './iceberg/transforms.ts';
export * from './iceberg/types.ts';
export * from './iceberg/write-snapshot.ts';
export type { PartitionValue } from './iceberg/partition-value.ts';
export * from './strategies/candidate-files.ts';
export * from './strategies/change-sql.ts';
export * from './strategies/key-range.ts';
export * from './strategies/plan-change.ts';
export { IS_CURRENT, type VersionOptions } from './strategies/scd2.ts';
export * from './maintenance/expire-table.ts';
export * from './maintenance/find-orphans.ts';
export * from './maintenance/plan-compaction.ts';
export * from './maintenance/replace-files.ts';
export * from './publish-rebased-over-compaction.ts';
export * from './revert-snapshot.ts';
export * from './table-state.ts';
export { readTableState, type NextState, type TableState } from './write-state.ts';
