import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CompactChildMessage, CompactCommand } from '@rat/contracts';
import { compactCommand } from '@rat/contracts/children';
import { duckdbEngine } from '@rat/engine-duckdb';
import type { DataFile, LiveFile, PartitionSpec, Schema } from '@rat/iceberg';
import { syncFiles } from '@rat/storage';
import { sendToParent, startChild } from '../child-process/child-bootstrap.ts';
import { planMemory } from '../child-process/memory-limits.ts';
import { toFailure } from '../execution/to-failure.ts';

/*
 * The compaction child: a process that rewrites small files of one table as larger ones, with the
 * same rows, and ends. It commits nothing; the parent commits the files that it reports.
 */

function send(message: CompactChildMessage): void {
  sendToParent(message);
}

async function compact(command: CompactCommand): Promise<void> {
  try {
    for (const [index, group] of command.groups.entries()) {
      send({ type: 'compacted', files: await compactGroup(command, group, index) });
    }
    send({ type: 'done' });
  } catch (error) {
    const failure = toFailure(error, 'write');
    if (failure === undefined) throw error;
    send({ type: 'failed', failure });
  }
}

async function compactGroup(
  command: CompactCommand,
  group: CompactCommand['groups'][number],
  index: number,
): Promise<DataFile[]> {
  // The parent parsed all three with the same code before it sent them.
  const files = group.files as LiveFile[];
  const schema = command.schema as Schema;
  const spec = command.spec as PartitionSpec;
  const stagingDir = join(command.stagingDir, `group_${index}`);
  await mkdir(stagingDir, { recursive: true });
  const compacted = await duckdbEngine.rewrite({
    content: { schema, files },
    spec,
    partition: group.partition as DataFile['partition'],
    stagingDir,
    tempDir: command.tempDir,
    memoryLimitMb: planMemory(command).engineMb,
    tempLimitMb: command.tempLimitMb,
    threads: command.threads,
    targetFileMb: command.targetFileMb,
  });
  // The table's folder: the staging folder lies in its data folder.
  const folder = dirname(dirname(command.stagingDir));
  await syncFiles(
    compacted.map((file) => file.path),
    { folder },
  );
  return compacted;
}

startChild({
  parse: (raw) => compactCommand.parse(raw),
  onMessage: compact,
  // A machine short of memory must lose a compaction before it loses a run.
  oomScoreAdj: 700,
  defectSignal: 'SIGKILL',
});
