import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { compactCommand, type CompactChildMessage, type CompactCommand } from '@rat/contracts';
import { openSession } from '@rat/engine';
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
} from '@rat/lakehouse';
import { pathFromUri, syncFiles } from '@rat/storage';
import { planMemory } from '../child-process/memory-limits.ts';
import { toFailure } from '../execution/to-failure.ts';

/*
 * The process that writes small files of one table anew as larger ones, with the same rows, and ends. It publishes
 * nothing; its parent commits what it tells.
 */

function send(message: CompactChildMessage): void {
  process.send?.(message);
}

async function compact(command: CompactCommand): Promise<void> {
  try {
    for (const [index, group] of command.groups.entries()) {
      send({ type: 'compacted', files: await compactGroup(command, group, index) });
    }
    send({ type: 'done' });
  } catch (error) {
    const failure = toFailure(error, 'write');
    if (failure === undefined) die(error);
    else send({ type: 'failed', failure });
  }
}

async function compactGroup(
  command: CompactCommand,
  group: CompactCommand['groups'][number],
  index: number,
): Promise<DataFile[]> {
  // The runner read all three with lakehouse's own parsers.
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
    // Rows that were written together stay together, so that their files can still be told apart by their ranges.
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
      // All rows of a group are of one partition, so their files are too.
      specId: spec['spec-id'],
      partition: group.partition as DataFile['partition'],
    }));
    // The folder of compaction lies in the table's folder of data.
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

/** Without tidying up: DuckDB may be at work on its own threads, and an orderly exit would wait for them. */
function die(error?: unknown): void {
  if (error !== undefined) process.stderr.write(`${inspect(error)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

process.on('message', (raw) => {
  compact(compactCommand.parse(raw)).catch(die);
});
process.on('disconnect', () => die());
// Ctrl+C reaches the whole group; the runner decides.
process.on('SIGINT', () => undefined);

// A machine short of memory shall lose this before it loses a run. Only Linux has the file.
writeFile('/proc/self/oom_score_adj', '700').catch(() => undefined);
