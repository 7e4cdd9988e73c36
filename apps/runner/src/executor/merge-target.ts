import type { ExecuteCommand } from '@rat/contracts';
import type { LiveFile, Schema } from '@rat/lakehouse';

/** The pinned main that a result meets. */
export interface MergeTarget {
  /** None for a table that no run has published. */
  schema?: Schema;
  lastColumnId: number;
  files: LiveFile[];
  /** Delete files, which only foreign writers leave. */
  deletes: LiveFile[];
}

/** The command's target as lakehouse knows it. */
export function mergeTarget({ target }: ExecuteCommand): MergeTarget {
  if (target === undefined) return { lastColumnId: 0, files: [], deletes: [] };
  // The runner read both with lakehouse's own parsers.
  const live = target.files as LiveFile[];
  return {
    schema: target.schema as Schema,
    lastColumnId: target.lastColumnId,
    files: live.filter((file) => file.content === 'data'),
    deletes: live.filter((file) => file.content !== 'data'),
  };
}
