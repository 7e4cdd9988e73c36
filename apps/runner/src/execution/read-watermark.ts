import { mkdir } from 'node:fs/promises';
import { mergeConfig, type ExecuteCommand } from '@rat/contracts';
import { inputRelation, openSession } from '@rat/engine';
import { duckdbType, quoteIdentifier, quoteText, tableScanSql } from '@rat/lakehouse';
import { pathFromUri } from '@rat/storage';
import { spillFolder } from '../executor-protocol/attempt-folders.ts';
import { mergeTarget } from './merge-target.ts';
import { configError } from './to-failure.ts';

const TABLE = '__rat_target';

/**
 * The greatest value that the pinned main has in `watermark_column`, as an SQL literal of the column's type; undefined
 * when there is nothing to take it from: no table, no such column, or no value in it but NULL. A session of its own, because the template is rendered before it is known
 * what the run may read. A column that the table does not have yet is none: whether the result has it is looked at
 * when it is written.
 */
export async function readWatermark(command: ExecuteCommand): Promise<string | undefined> {
  const { watermarkColumn } = mergeConfig(command.config);
  const { schema, files, deletes } = mergeTarget(command);
  const name = watermarkColumn?.toLowerCase();
  const field = schema?.fields.find((column) => column.name.toLowerCase() === name);
  if (schema === undefined || field === undefined) return undefined;
  if (typeof field.type !== 'string') {
    throw configError(
      `watermark_column: column ${field.name} has parts, so it has no greatest value`,
    );
  }
  await mkdir(command.stagingDir, { recursive: true });
  const tempDir = spillFolder(command.tempDir);
  await mkdir(tempDir, { recursive: true });
  const { stagingDir, memoryLimitMb, tempLimitMb, threads } = command;
  const paths = [...files, ...deletes].map((file) => pathFromUri(file.path));
  const session = await openSession({
    inputs: {
      tables: { [TABLE]: { sql: tableScanSql({ schema, files, deletes }), files: paths } },
      fileLists: {},
    },
    stagingDir,
    tempDir,
    memoryLimitMb,
    tempLimitMb,
    threads,
  });
  try {
    const [[value = null] = []] = await session.execute(
      `SELECT CAST(max(${quoteIdentifier(field.name)}) AS VARCHAR) FROM ${inputRelation(TABLE)}`,
    );
    return value === null ? undefined : `CAST(${quoteText(value)} AS ${duckdbType(field.type)})`;
  } finally {
    session.close();
  }
}
