import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { compactCommand, type CompactChildMessage, type CompactCommand } from '@rat/contracts';
import { openSession } from '@rat/engine-duckdb';
import {
  dataFileFromStats,
  duckdbType,
  fieldIdsClause,
  tableScanSql,
  UNPARTITIONED,
  type DataFile,
  type LiveFile,
  type PartitionSpec,
  type Schema,
} from '@rat/iceberg';
import { pathFromUri, syncFiles } from '@rat/storage';
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
  // The parent parsed all three with lakehouse before it sent them.
  const files = group.files as LiveFile[];
  const schema = command.schema as Schema;
  const spec = command.spec as PartitionSpec;
  const stagingDir = join(command.stagingDir, `group_${index}`);
  await mkdir(stagingDir, { recursive: true });
  const session = await openSession({
    inputs: { tables: {}, fileLists: {}, files: files.map((file) => pathFromUri(file.path)) },
    stagingDir,
    tempDir: command.tempDir,
    memoryLimitMb: planMemory(command).engineMb,
    tempLimitMb: command.tempLimitMb,
    threads: command.threads,
    // The order of rows keeps the value ranges of the files narrow, so that readers can skip files.
    keepsOrder: true,
  });
  try {
    const written = await session.writeOwnParquet(tableScanSql({ schema, files }), {
      targetFileMb: command.targetFileMb,
      columns: schema.fields.map(({ name, type }) => ({
        name,
        sourceName: name,
        castTo: duckdbType(type),
      })),
      fieldIdsClause: fieldIdsClause(schema),
    });
    const compacted = written.map((file) => ({
      ...dataFileFromStats(
        { ...file, filename: resolve(file.filename) },
        { schema, spec: UNPARTITIONED },
      ),
      // A group holds the files of one partition.
      specId: spec['spec-id'],
      partition: group.partition as DataFile['partition'],
    }));
    // The table's folder: the staging folder lies in its data folder.
    const folder = dirname(dirname(command.stagingDir));
    await syncFiles(
      compacted.map((file) => file.path),
      { folder },
    );
    return compacted;
  } finally {
    session.close();
  }
}

startChild({
  parse: (raw) => compactCommand.parse(raw),
  onMessage: compact,
  // A machine short of memory must lose a compaction before it loses a run.
  oomScoreAdj: 700,
  defectSignal: 'SIGKILL',
});
