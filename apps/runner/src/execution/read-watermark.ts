import type { ExecuteCommand } from '@rat/contracts';
import { mergeConfig } from '@rat/contracts/children';
import { ConfigError, type TableEngine } from '@rat/engine';
import { spillFolder } from '../executor-protocol/attempt-folders.ts';
import { contentBefore } from './change-request.ts';
import { makeFolders } from './make-folders.ts';

/**
 * Reads the greatest value of `watermark_column` in the pinned main, as an SQL literal of the
 * column's type. Undefined when there is no table, no such column, or no value but NULL. It is read
 * before the session opens, because the template is rendered before the run's inputs are known. A
 * column that only the result has is checked when the result is written.
 */
export async function readWatermark(
  engine: TableEngine,
  command: ExecuteCommand,
): Promise<string | undefined> {
  const { watermarkColumn } = mergeConfig(command.config);
  const content = contentBefore(command);
  const name = watermarkColumn?.toLowerCase();
  const field = content?.schema.fields.find((column) => column.name.toLowerCase() === name);
  if (content === undefined || field === undefined) return undefined;
  if (typeof field.type !== 'string') {
    throw new ConfigError(
      `watermark_column: column ${field.name} has parts, so it has no greatest value`,
    );
  }
  const tempDir = spillFolder(command.tempDir);
  makeFolders(command.stagingDir, tempDir);
  const { stagingDir, memoryLimitMb, tempLimitMb, threads } = command;
  return engine.greatestValue(
    { content, column: field.name },
    { stagingDir, tempDir, memoryLimitMb, tempLimitMb, threads },
  );
}
