/**
 * The Iceberg v2 format of the tables, and the SQL that reads and changes them.
 *
 * Promises: written files are valid Iceberg, durable on return, and never written twice under one
 * name. Unknown keys of other writers survive a rewrite. Every change of a table is a function from
 * one metadata to the next.
 * Refuses to know: DuckDB sessions (this room builds their SQL), Postgres, and which version of a
 * table is current.
 * Fails: with `TableFormatError`, `UnsupportedTypeError`, `SchemaConflictError` and
 * `StaleBranchError`, see `iceberg/errors.ts`; with `ConflictError` for a change that was made from
 * an older state; with the storage port's own errors.
 *
 * @example
 * const current = await readTableState(files, location);
 * const staged = await stageChange(files, { current, runId, ...change });
 * const published = await publishRunBranch(files, staged, { runId, nowMs });
 */
export { duckdbType } from './iceberg/column-types.ts';
export type { DataFile, LiveFile } from './iceberg/data-file.ts';
export { dataFileFromStats } from './iceberg/data-file-from-stats.ts';
export {
  SchemaConflictError,
  StaleBranchError,
  TableElsewhereError,
  TableFormatError,
  UnsupportedTypeError,
} from './iceberg/errors.ts';
export { evolveSchema, type EvolvedSchema } from './iceberg/evolve-schema.ts';
export { fieldIdsClause } from './iceberg/field-ids.ts';
export { addSnapshot, commitToMain } from './iceberg/metadata-ops.ts';
export { newTableMetadata } from './iceberg/new-table.ts';
export { partitionColumns, partitionSpec } from './iceberg/partition-layout.ts';
export { readLiveFiles, readSnapshotManifests, verifySnapshot } from './iceberg/read-snapshot.ts';
export { replaceSchema } from './iceberg/replace-schema.ts';
export { sealCommit } from './iceberg/seal-commit.ts';
export {
  findRefSnapshot,
  findSnapshot,
  newSnapshotId,
  withCompactedCopies,
} from './iceberg/snapshot-graph.ts';
export { readTotals, summaryCount } from './iceberg/snapshot-totals.ts';
export { quoteIdentifier, quoteText } from './iceberg/sql-text.ts';
export { parseTableMetadata, serializeTableMetadata } from './iceberg/table-metadata.ts';
export { tableScanSql } from './iceberg/table-scan-sql.ts';
export {
  MAIN_BRANCH,
  UNPARTITIONED,
  type IcebergType,
  type PartitionSpec,
  type Schema,
  type Snapshot,
  type TableMetadata,
} from './iceberg/types.ts';
export { writeSnapshot } from './iceberg/write-snapshot.ts';
export {
  expireTable,
  planExpiry,
  removeUnreachable,
  type ExpireTableOptions,
} from './maintenance/expire-table.ts';
export { findOrphans } from './maintenance/find-orphans.ts';
export { planCompaction, type CompactionGroup } from './maintenance/plan-compaction.ts';
export {
  countManifests,
  MANIFESTS_WORTH_JOINING,
  replaceFiles,
} from './maintenance/replace-files.ts';
export { publishRebasedOverCompaction } from './publish-rebased-over-compaction.ts';
export { revertSnapshot } from './revert-snapshot.ts';
export { candidateFilesSql } from './strategies/candidate-files.ts';
export {
  BATCH,
  CHANGES,
  EXISTING,
  FILE,
  ORDINAL,
  type ChangePlan,
} from './strategies/change-sql.ts';
export { keyRangeSql, rangedColumns, withinKeyRange } from './strategies/key-range.ts';
export { planChange, rewriteSql, type ComparingStrategy } from './strategies/plan-change.ts';
export { IS_CURRENT } from './strategies/scd2.ts';
export {
  discardState,
  dropRunBranch,
  publishRunBranch,
  readMainBranch,
  readSnapshot,
  stageChange,
  type StagedState,
} from './table-state.ts';
export { readTableState, type NextState, type TableState } from './write-state.ts';
