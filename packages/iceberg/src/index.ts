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
export { duckdbType } from '../../engine-duckdb/src/table-sql/column-types.ts';
export type { DataFile, LiveFile } from './format/data-file.ts';
export { dataFileFromStats } from '../../engine-duckdb/src/table-sql/data-file-from-stats.ts';
export {
  SchemaConflictError,
  StaleBranchError,
  TableElsewhereError,
  TableFormatError,
  UnsupportedTypeError,
} from './format/errors.ts';
export { evolveSchema, type EvolvedSchema } from './schema/evolve-schema.ts';
export { fieldIdsClause } from '../../engine-duckdb/src/table-sql/field-ids.ts';
export { addSnapshot, commitToMain } from './commits/metadata-ops.ts';
export { newTableMetadata } from './commits/new-table.ts';
export {
  partitionColumns,
  partitionSpec,
} from '../../engine-duckdb/src/table-sql/partition-layout.ts';
export { readLiveFiles, readSnapshotManifests, verifySnapshot } from './commits/read-snapshot.ts';
export { replaceSchema } from './schema/replace-schema.ts';
export { sealCommit } from './commits/seal-commit.ts';
export {
  findRefSnapshot,
  findSnapshot,
  newSnapshotId,
  withCompactedCopies,
} from './commits/snapshot-graph.ts';
export { readTotals, summaryCount } from './format/snapshot-totals.ts';
export { quoteIdentifier, quoteText } from '../../domain/src/sql-text.ts';
export { parseTableMetadata, serializeTableMetadata } from './format/table-metadata.ts';
export { tableScanSql } from '../../engine-duckdb/src/table-sql/table-scan-sql.ts';
export {
  MAIN_BRANCH,
  UNPARTITIONED,
  type IcebergType,
  type PartitionSpec,
  type Schema,
  type Snapshot,
  type TableMetadata,
} from './format/types.ts';
export { writeSnapshot } from './commits/write-snapshot.ts';
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
export { publishRebasedOverCompaction } from './commits/publish-rebased-over-compaction.ts';
export { revertSnapshot } from './commits/revert-snapshot.ts';
export { candidateFilesSql } from '../../engine-duckdb/src/merge/candidate-files.ts';
export {
  BATCH,
  CHANGES,
  EXISTING,
  FILE,
  ORDINAL,
  type ChangePlan,
} from '../../engine-duckdb/src/merge/change-sql.ts';
export {
  keyRangeSql,
  rangedColumns,
  withinKeyRange,
} from '../../engine-duckdb/src/merge/key-range.ts';
export {
  planChange,
  rewriteSql,
  type ComparingStrategy,
} from '../../engine-duckdb/src/merge/plan-change.ts';
export { IS_CURRENT } from '../../engine-duckdb/src/merge/scd2.ts';
export {
  discardState,
  dropRunBranch,
  publishRunBranch,
  readMainBranch,
  readSnapshot,
  stageChange,
  type StagedState,
} from './commits/table-state.ts';
export { readTableState, type NextState, type TableState } from './commits/write-state.ts';
