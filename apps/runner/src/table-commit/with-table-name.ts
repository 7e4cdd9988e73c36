import { formatRef, UnavailableError, UnprocessableError, type PipelineRef } from '@rat/domain';
import { TableElsewhereError, TableFormatError } from '@rat/iceberg';
import { fileSystemCode } from './file-system-code.ts';

/** A table whose own files are missing, damaged, or of an unknown format. */
export class UnreadableTableError extends UnprocessableError {
  /** The problem, without the table's name. */
  readonly reason: string;
  /** Whether a full refresh may start a new table in its place. */
  readonly canBeReplaced: boolean;

  constructor(table: PipelineRef, cause: TableFormatError) {
    const canBeReplaced = !(cause instanceof TableElsewhereError);
    const cure = canBeReplaced
      ? '; restore its files, or run its pipeline once with full_refresh: true, which starts a new table'
      : '';
    super(`table ${formatRef(table)} cannot be used: ${cause.message}${cure}`, [], { cause });
    this.reason = cause.message;
    this.canBeReplaced = canBeReplaced;
  }
}

/**
 * Reads a table that another engine may have written, or that may have lost a file. Errors name the
 * table. Throws UnreadableTableError for a table that cannot be read, and UnavailableError when the
 * storage itself refuses.
 */
export async function withTableName<T>(table: PipelineRef, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TableFormatError) throw new UnreadableTableError(table, error);
    const code = fileSystemCode(error);
    if (code === undefined) throw error;
    const message = `table ${formatRef(table)} cannot be read now: the storage refused (${code})`;
    throw new UnavailableError(message, { cause: error });
  }
}
