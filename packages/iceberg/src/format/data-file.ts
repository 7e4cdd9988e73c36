import type { PartitionValue } from './partition-value.ts';

/** Values by field id; the ids are object keys, so JSON turns them into strings. */
export type ByFieldId<T> = Record<number, T>;

export const FILE_CONTENTS = ['data', 'position_deletes', 'equality_deletes'] as const;

export type FileContent = (typeof FILE_CONTENTS)[number];

/**
 * One file of a table, as a manifest describes it. It can pass through JSON, because the executor
 * writes the file and another process commits it.
 */
export interface DataFile {
  content: FileContent;
  /** An absolute URI with its scheme. */
  path: string;
  /** In capitals; `PARQUET` for all files of the platform. */
  format: string;
  /** By partition field id; contains every field of the spec. */
  partition: ByFieldId<PartitionValue>;
  specId: number;
  recordCount: number;
  fileSize: number;
  columnSizes?: ByFieldId<number>;
  valueCounts?: ByFieldId<number>;
  nullCounts?: ByFieldId<number>;
  nanCounts?: ByFieldId<number>;
  /** Base64 of the single-value binary form. */
  lowerBounds?: ByFieldId<string>;
  upperBounds?: ByFieldId<string>;
  /** The columns that an equality delete file compares. */
  equalityIds?: readonly number[];
  sortOrderId?: number;
  /** The only data file that a position delete file refers to, if its writer recorded it. */
  referencedDataFile?: string;
}

/** A file of a snapshot, with the sequence number that decides which deletes apply to it. */
export interface LiveFile extends DataFile {
  sequenceNumber: number;
}

export const ENTRY_STATUSES = ['existing', 'added', 'deleted'] as const;

export type EntryStatus = (typeof ENTRY_STATUSES)[number];

/**
 * A manifest's entry for a file. An added entry may inherit its snapshot id and sequence numbers
 * from the manifest list; other entries contain those of the commit that added the file.
 */
export interface ManifestEntry {
  status: EntryStatus;
  snapshotId?: bigint;
  sequenceNumber?: number;
  fileSequenceNumber?: number;
  file: DataFile;
}

/** Whether the file belongs to the snapshots of the entry's manifest. */
export function isLive(entry: Pick<ManifestEntry, 'status'>): boolean {
  return entry.status !== 'deleted';
}
