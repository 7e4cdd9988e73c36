import type { Failure } from '@rat/domain';
import type { DataFile, PartitionSpec, Schema } from '@rat/lakehouse';

/** What one execution wrote into its staging folder. */
export interface StagedResult {
  /** None when no row came in or changed. */
  files: DataFile[];
  /** The table's schema with these rows in it; its schema id is still the old one. */
  schema: Schema;
  lastColumnId: number;
  /** What the files are divided by, with the ids that the pinned table has for it. */
  spec: PartitionSpec;
  /** URIs of the files of the pinned main that these take the place of; `all`, whichever those are. */
  removed: 'all' | string[];
  /** Rows of the result that were inserted or changed: what a comparing strategy found to be there already is none. */
  rows: number;
  /** Rows of the pinned main that went, were overwritten by a row that came in, or were closed. */
  rowsDeleted: number;
  bytes: number;
  /** The schema's columns, with DuckDB's names of their types. */
  columns: { name: string; type: string }[];
}

/** Whether what was staged may be tested: it is a branch of its table now, or the run fails. */
export type AuditAnswer = { type: 'audit' } | { type: 'refuse'; failure: Failure };

/** How one execution ended, before anything is published. */
export type ExecutorOutcome =
  | ({ kind: 'finished' } & StagedResult)
  | { kind: 'audited' }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'interrupted' };
