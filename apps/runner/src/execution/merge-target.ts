import type { ExecuteCommand } from '@rat/contracts';
import type { LiveFile, PartitionSpec, Schema } from '@rat/lakehouse';

/** The pinned main that a result meets. */
export interface MergeTarget {
  /** None for a table that no run has published, and for a run that replaces it as a whole. */
  schema?: Schema;
  /** What a run that replaces the table as a whole makes go; nothing of it is read. */
  replaced?: { schema: Schema; files: LiveFile[] };
  lastColumnId: number;
  /** All specs that the table has, and the highest id among their fields. */
  specs: PartitionSpec[];
  lastPartitionId: number;
  files: LiveFile[];
  /** Delete files, which only foreign writers leave. */
  deletes: LiveFile[];
}

/** Partition fields are numbered from the next one on, apart from columns. */
const NO_PARTITION_ID = 999;

/** The command's target as lakehouse knows it. */
export function mergeTarget({ target, fullRefresh }: ExecuteCommand): MergeTarget {
  if (target === undefined) {
    const ids = { lastColumnId: 0, lastPartitionId: NO_PARTITION_ID };
    return { ...ids, specs: [], files: [], deletes: [] };
  }
  // The runner read all three with lakehouse's own parsers.
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
