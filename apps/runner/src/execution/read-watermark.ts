import { mkdir } from 'node:fs/promises';
import { mergeConfig, type ExecuteCommand } from '@rat/contracts';
import { inputRelation, openSession } from '@rat/engine-duckdb';
import { duckdbType, quoteIdentifier, quoteText, tableScanSql } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import { spillFolder } from '../executor-protocol/attempt-folders.ts';
import { mergeTarget } from './merge-target.ts';
import { configError } from './to-failure.ts';

const TABLE = '__rat_target';

/**
 * Reads the greatest value of `watermark_column` in the pinned main, as an SQL literal of the
 * column's type. Undefined when there is no table, no such column, or no value but NULL. It opens
 * its own session, because the template is rendered before the run's inputs are known. A column
 * that only the result has is checked when the result is written.
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
