import { findRefSnapshot, MAIN_BRANCH, readTotals, type TableMetadata } from '@rat/lakehouse';
import type { TableFiles } from '@rat/storage';

/** What a table holds now. Rows are those of its data files, bytes those of all its files. */
export interface MainCounts {
  rows: number;
  bytes: number;
  files: number;
}

const COUNTED = ['total-records', 'total-files-size', 'total-data-files'] as const;

/**
 * Counts main: from the metadata alone, unless another engine made this version and did not say. Then its manifests
 * are read, which may be many. Throws TableFormatError for those that we cannot read.
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
