import type { PartitionValue } from './partition-value.ts';

/** Numbers by field id; ids are strings once they have been JSON, and keys of objects always are. */
export type ByFieldId<T> = Record<number, T>;

export const FILE_CONTENTS = ['data', 'position_deletes', 'equality_deletes'] as const;

export type FileContent = (typeof FILE_CONTENTS)[number];

/**
 * One file of a table, as a manifest describes it. It survives JSON, because the process that writes a file is not the
 * one that commits it.
 */
export interface DataFile {
  content: FileContent;
  /** An absolute URI with its scheme. */
  path: string;
  /** In capitals, `PARQUET` for all that we write. */
  format: string;
  /** By partition field id; holds every field of the spec. */
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
  /** The only data file that a position delete file speaks of, where its writer says so. */
  referencedDataFile?: string;
}

/** A file that is part of a snapshot, with the sequence number that decides which deletes apply to it. */
export interface LiveFile extends DataFile {
  sequenceNumber: number;
}

export const ENTRY_STATUSES = ['existing', 'added', 'deleted'] as const;

export type EntryStatus = (typeof ENTRY_STATUSES)[number];

/**
 * A manifest's statement about a file. An added entry may leave its snapshot and sequence numbers to be inherited from
 * the manifest list; the others carry those of the commit that added the file.
 */
export interface ManifestEntry {
  status: EntryStatus;
  snapshotId?: bigint;
  sequenceNumber?: number;
  fileSequenceNumber?: number;
  file: DataFile;
}

/** Whether the file is part of the snapshots that the entry's manifest belongs to. */
export function isLive(entry: Pick<ManifestEntry, 'status'>): boolean {
  return entry.status !== 'deleted';
}
