import { findRefSnapshot, MAIN_BRANCH, readTotals, type TableMetadata } from '@rat/iceberg';
import type { TableFiles } from '@rat/storage';

/** The content of a table now: the rows of its data files and the bytes of all its files. */
export interface MainCounts {
  rows: number;
  bytes: number;
  files: number;
}

const COUNTED = ['total-records', 'total-files-size', 'total-data-files'] as const;

/**
 * Counts main from the metadata alone. When another engine made this version without totals, reads
 * its manifests, which may be many. Throws TableFormatError for manifests that cannot be read.
 */
export async function countTable(tables: TableFiles, metadata: TableMetadata): Promise<MainCounts> {
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  if (head === undefined) return { rows: 0, bytes: 0, files: 0 };
  const totals = await readTotals(tables, metadata, head, COUNTED);
  return {
    rows: totals['total-records'],
    bytes: totals['total-files-size'],
    files: totals['total-data-files'],
  };
}
