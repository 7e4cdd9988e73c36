import type { Failure } from '@rat/domain';
import type { DataFile, PartitionSpec, Schema } from '@rat/iceberg';

/** What one execution wrote into its staging folder. */
export interface StagedResult {
  /** Empty when no row was inserted or changed. */
  files: DataFile[];
  /** The table's schema with these rows in it; its schema id is still the old one. */
  schema: Schema;
  lastColumnId: number;
  /** The partition spec of the files, with the ids of the pinned table. */
  spec: PartitionSpec;
  /** URIs of the files of the pinned main that the new files replace; `all` replaces every file. */
  removed: 'all' | string[];
  /**
   * Rows that were inserted or changed. Rows that a comparing strategy found unchanged do not
   * count.
   */
  rows: number;
  /** Rows of the pinned main that were deleted, overwritten or closed. */
  rowsDeleted: number;
  bytes: number;
  /** The schema's columns with DuckDB's type names. */
  columns: { name: string; type: string }[];
}

/**
 * Whether the staged files are a branch of their table now, so that the tests may run, or the run
 * fails.
 */
export type AuditAnswer = { type: 'audit' } | { type: 'refuse'; failure: Failure };

/** How one execution ended, before anything is published. */
export type ExecutorOutcome =
  | ({ kind: 'finished' } & StagedResult)
  | { kind: 'audited' }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'interrupted' };
