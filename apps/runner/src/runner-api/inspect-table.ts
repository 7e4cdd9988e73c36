import type { PipelineRef } from '@rat/domain';
import {
  findRefSnapshot,
  MAIN_BRANCH,
  readTableState,
  verifySnapshot,
  type TableMetadata,
} from '@rat/iceberg';
import type { TableFiles } from '@rat/storage';
import { UnreadableTableError, withTableName } from '../table-commit/with-table-name.ts';
import { countTable, type MainCounts } from './count-table.ts';

/** A table, or what is left of an unreadable one. */
export type InspectedTable =
  | { kind: 'readable'; metadata: TableMetadata; counts: MainCounts }
  | { kind: 'unreadable'; reason: string; metadata: TableMetadata | undefined };

/**
 * Checks every metadata file that main needs, so that a table that lost one is not shown as
 * healthy. Throws UnavailableError when the storage itself refuses.
 */
export async function inspectTable(
  files: TableFiles,
  table: PipelineRef,
  location: string,
): Promise<InspectedTable> {
  let metadata: TableMetadata | undefined;
  try {
    return await withTableName(table, async () => {
      const state = await readTableState(files, location);
      ({ metadata } = state);
      const head = findRefSnapshot(state.metadata, MAIN_BRANCH);
      if (head !== undefined) await verifySnapshot(files, state.metadata, head['snapshot-id']);
      const counts = await countTable(files, state.metadata);
      return { kind: 'readable', metadata: state.metadata, counts };
    });
  } catch (error) {
    if (!(error instanceof UnreadableTableError)) throw error;
    return { kind: 'unreadable', reason: error.reason, metadata };
  }
}
