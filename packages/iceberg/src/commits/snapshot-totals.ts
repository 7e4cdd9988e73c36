import type { DataFile } from '../format/data-file.ts';
import { readLiveFiles } from './read-snapshot.ts';
import type { TableFiles } from '@rat/storage';
import type { Snapshot, SnapshotSummary, TableMetadata } from '../format/types.ts';

/** The totals of a snapshot, by their keys in its summary. */
export const TOTAL_KEYS = [
  'total-data-files',
  'total-records',
  'total-files-size',
  'total-delete-files',
  'total-position-deletes',
  'total-equality-deletes',
] as const;

type TotalKey = (typeof TOTAL_KEYS)[number];

export type SnapshotTotals = Record<TotalKey, number>;

/**
 * Reads totals of a snapshot from its summary, where each is optional. Counts missing ones over the
 * files, which reads all manifests.
 */
export async function readTotals<K extends TotalKey>(
  files: TableFiles,
  metadata: TableMetadata,
  { summary, 'snapshot-id': id }: Snapshot,
  keys: readonly K[],
): Promise<Record<K, number>> {
  const isTold = keys.every((key) => summaryCount(summary, key) !== undefined);
  const counted = countTotals(isTold ? [] : await readLiveFiles(files, metadata, id));
  const totals = keys.map((key) => [key, summaryCount(summary, key) ?? counted[key]]);
  return Object.fromEntries(totals) as Record<K, number>;
}

/** The totals of these files. Rows are those of data files: no writer subtracts deleted rows. */
export function countTotals(files: readonly DataFile[]): SnapshotTotals {
  const of = (content: DataFile['content']): readonly DataFile[] =>
    files.filter((file) => file.content === content);
  return {
    'total-data-files': of('data').length,
    'total-records': rows(of('data')),
    'total-files-size': files.reduce((sum, file) => sum + file.fileSize, 0),
    'total-delete-files': files.length - of('data').length,
    'total-position-deletes': rows(of('position_deletes')),
    'total-equality-deletes': rows(of('equality_deletes')),
  };
}

/** A number of a summary; undefined for a missing or invalid one. */
export function summaryCount(summary: SnapshotSummary, key: string): number | undefined {
  const value = Number(summary[key] ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function rows(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.recordCount, 0);
}
