/**
 * The Iceberg v2 format of the tables, and their commits.
 *
 * Promises: written files are valid Iceberg, durable on return, and never written twice under one
 * name. Unknown keys of other writers survive a rewrite. Every change of a table is a function from
 * one metadata to the next.
 * Refuses to know: SQL, engines, the file system, Postgres, and which version of a table is
 * current.
 * Fails: with `TableFormatError`, `UnsupportedTypeError`, `SchemaConflictError` and
 * `StaleBranchError`, see `format/errors.ts`; with `ConflictError` for a change that was made from
 * an older state; with the storage port's own errors.
 *
 * @example
 * const current = await readTableState(files, location);
 * const staged = await stageChange(files, { current, runId, ...change });
 * const published = await publishRunBranch(files, staged, { runId, nowMs });
 */
export { adoptSnapshot } from './commits/adopt-snapshot.ts';
export { decodeValue, lowerBound, upperBound } from './format/bounds.ts';
export type { ByFieldId, DataFile, LiveFile } from './format/data-file.ts';
export {
  SchemaConflictError,
  StaleBranchError,
  TableElsewhereError,
  TableFormatError,
  UnsupportedTypeError,
} from './format/errors.ts';
export { partitionTypes } from './format/partition-types.ts';
export type { PartitionValue } from './format/partition-value.ts';
export { decimalType, parsePrimitive } from './format/primitive-type.ts';
export { spellType } from './format/spell-type.ts';
export { parseTransform, takesTransform } from './format/transforms.ts';
export { evolveSchema, type BatchColumn, type EvolvedSchema } from './schema/evolve-schema.ts';
export { dataVersion } from './commits/data-version.ts';
export { addSnapshot, commitToMain } from './commits/metadata-ops.ts';
export { newTableMetadata } from './commits/new-table.ts';
export { readLiveFiles, readSnapshotManifests, verifySnapshot } from './commits/read-snapshot.ts';
export { partitionSpec } from './schema/partition-spec.ts';
export { replaceSchema } from './schema/replace-schema.ts';
export { sealCommit } from './commits/seal-commit.ts';
export {
  findRefSnapshot,
  findSnapshot,
  newSnapshotId,
  withCompactedCopies,
} from './commits/snapshot-graph.ts';
export { readTotals, summaryCount } from './commits/snapshot-totals.ts';
export { parseTableMetadata, serializeTableMetadata } from './format/table-metadata.ts';
export {
  MAIN_BRANCH,
  UNPARTITIONED,
  walkFields,
  type IcebergType,
  type PartitionSpec,
  type Schema,
  type SchemaField,
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
export { findOrphans, namedFiles } from './maintenance/find-orphans.ts';
export { planCompaction, type CompactionGroup } from './maintenance/plan-compaction.ts';
export {
  countManifests,
  MANIFESTS_WORTH_JOINING,
  replaceFiles,
} from './maintenance/replace-files.ts';
export {
  planPublish,
  publishRebasedOverCompaction,
} from './commits/publish-rebased-over-compaction.ts';
export { planRevert, revertSnapshot } from './commits/revert-snapshot.ts';
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
