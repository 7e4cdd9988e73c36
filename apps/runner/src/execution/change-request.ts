import type { ExecuteCommand } from '@rat/contracts';
import { mergeConfig } from '@rat/contracts/children';
import type { ChangeRequest, ChangeTarget, TableContent } from '@rat/engine';
import type { LiveFile, PartitionSpec, Schema } from '@rat/iceberg';

/** New partition fields are numbered from the next id on, independent of columns. */
const NO_PARTITION_ID = 999;

/** Types the command's target with the format's types. */
export function changeTarget({ target, fullRefresh }: ExecuteCommand): ChangeTarget {
  if (target === undefined) {
    const ids = { lastColumnId: 0, lastPartitionId: NO_PARTITION_ID };
    return { ...ids, specs: [], files: [], deletes: [] };
  }
  // The parent parsed all three with the same code before it sent them.
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

/** The target as it is, also where the run is to replace it. */
export function targetAsItIs(command: ExecuteCommand): ChangeTarget {
  return changeTarget({ ...command, fullRefresh: false });
}

/** The change that the session is to stage. */
export function changeRequest(command: ExecuteCommand): ChangeRequest {
  const { runStartedAt, targetFileMb } = command;
  const merge = mergeConfig(command.config);
  return { merge, target: changeTarget(command), runStartedAt, targetFileMb };
}

/** The table before this run; undefined when no run has published it. */
export function contentBefore(command: ExecuteCommand): TableContent | undefined {
  const { schema, files, deletes } = changeTarget(command);
  return schema && { schema, files, deletes };
}
