import type { ExecuteCommand } from '@rat/contracts';
import type { LiveFile, PartitionSpec, Schema } from '@rat/iceberg';

/** The pinned main that a result is merged into. */
export interface MergeTarget {
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

/** New partition fields are numbered from the next id on, independent of columns. */
const NO_PARTITION_ID = 999;

/** Types the command's target with lakehouse's types. */
export function mergeTarget({ target, fullRefresh }: ExecuteCommand): MergeTarget {
  if (target === undefined) {
    const ids = { lastColumnId: 0, lastPartitionId: NO_PARTITION_ID };
    return { ...ids, specs: [], files: [], deletes: [] };
  }
  // The parent parsed all three with lakehouse before it sent them.
  const live = target.files as LiveFile[];
  const schema = target.schema as Schema;
  const files = live.filter((file) => file.content === 'data');
  const table = {
    lastColumnId: target.lastColumnId,
    specs: target.specs as PartitionSpec[],
    lastPartitionId: target.lastPartitionId,
  };
  if (fullRefresh) return { ...table, replaced: { schema, files }, files: [], deletes: [] };
  return { ...table, schema, files, deletes: live.filter((file) => file.content !== 'data') };
}
