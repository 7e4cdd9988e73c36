import type { MergeConfig } from '@rat/contracts';
import type { DataFile, LiveFile, PartitionSpec, Schema } from '@rat/iceberg';

/** The rows of one version of a table. */
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
   * Undefined for a table that no run has published, and for a run that replaces the whole table.
   */
  schema?: Schema;
  /** The content that a full refresh replaces. The run does not read it. */
  replaced?: { schema: Schema; files: LiveFile[] };
  lastColumnId: number;
  /** All partition specs of the table, and the highest id among their fields. */
  specs: PartitionSpec[];
  lastPartitionId: number;
  files: LiveFile[];
  /** Delete files; only foreign writers create them. */
  deletes: LiveFile[];
}

/** What a session is to make of a result. */
export interface ChangeRequest {
  merge: MergeConfig;
  target: ChangeTarget;
  /** ISO 8601: the time at which new versions of rows begin. */
  runStartedAt: string;
  targetFileMb: number;
}

/** What a staged change does to its table. */
interface ChangeFacts {
  /** The table's schema with the new rows in it; its schema id is still the old one. */
  schema: Schema;
  lastColumnId: number;
  /** The partition spec of the new files, with the ids of the target. */
  spec: PartitionSpec;
  /** URIs of the target's files that the new ones replace; `all` replaces every file. */
  removed: 'all' | string[];
  /**
   * Rows that were inserted or changed. Rows that a comparing strategy found unchanged do not
   * count.
   */
  rows: number;
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
 * A change that a distributed engine committed to a private table, as its only snapshot.
 * `adoptSnapshot` finds the files there.
 */
export interface StagedSnapshot extends ChangeFacts {
  form: 'snapshot';
  /** The private table's metadata file. */
  metadataLocation: string;
}

/** What an engine wrote. Readers see none of it until the platform commits it. */
export type StagedOutput = StagedFiles | StagedSnapshot;
