import type { MergeConfig } from '@rat/contracts';
import type { DataFile, LiveFile, PartitionSpec, Schema } from '@rat/iceberg';

/** The files that hold the rows of one version of a table. */
export interface TableContent {
  schema: Schema;
  /** Data files. */
  files: readonly LiveFile[];
  /** Position and equality delete files of the same version; only foreign writers create them. */
  deletes?: readonly LiveFile[];
}

/** The version of a table that a result is merged into. */
export interface ChangeTarget {
  /**
   * The table's schema; undefined when no run has published the table, and for a run that replaces
   * the whole table.
   */
  schema?: Schema;
  /** The content that a full refresh replaces without reading it; undefined for other runs. */
  replaced?: { schema: Schema; files: LiveFile[] };
  lastColumnId: number;
  /** All partition specs of the table. */
  specs: PartitionSpec[];
  /** The highest id of a field of these specs. */
  lastPartitionId: number;
  files: LiveFile[];
  /** Delete files; only foreign writers create them. */
  deletes: LiveFile[];
}

/** How a session merges a result into a table. */
export interface ChangeRequest {
  merge: MergeConfig;
  target: ChangeTarget;
  /** ISO 8601: the time at which new versions of rows begin. */
  runStartedAt: string;
  targetFileMb: number;
}

/** The effect of a staged change on its table. */
interface ChangeFacts {
  /** The table's schema after the change. It has the old schema id until the commit. */
  schema: Schema;
  lastColumnId: number;
  /** The partition spec of the new files, with the ids that the table has or will assign. */
  spec: PartitionSpec;
  /** URIs of the target's files that the new ones replace; `all` replaces every file. */
  removed: 'all' | string[];
  /**
   * Rows that were inserted or changed. Rows that a comparing strategy found unchanged do not
   * count.
   */
  rows: number;
  /** All rows of the author's result, also those that changed nothing; undefined when not counted. */
  resultRows?: number;
  /** Rows of the target that were deleted, overwritten or closed. */
  rowsDeleted: number;
  bytes: number;
  /** The schema's columns with the engine's type names. */
  columns: { name: string; type: string }[];
}

/** A change whose files the engine wrote itself. */
export interface StagedFiles extends ChangeFacts {
  form: 'files';
  /** Empty when no row was inserted or changed. */
  files: DataFile[];
}

/**
 * A change that a distributed engine committed to a private table, as the only snapshot of that
 * table. `adoptSnapshot` reads the files from it.
 */
export interface StagedSnapshot extends ChangeFacts {
  form: 'snapshot';
  /** The URI of the private table's metadata file. */
  metadataLocation: string;
}

/** What an engine wrote. Readers see none of it until the platform commits it. */
export type StagedOutput = StagedFiles | StagedSnapshot;
