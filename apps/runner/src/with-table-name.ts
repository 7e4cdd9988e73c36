import { formatRef, UnprocessableError, type PipelineRef } from '@rat/domain';
import { TableFormatError } from '@rat/lakehouse';

/**
 * Reads of a table that another engine may have written: what we cannot read is an error that names the table, never
 * a guess at its rows. Throws UnprocessableError then.
 */
export async function withTableName<T>(table: PipelineRef, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TableFormatError)) throw error;
    const message = `table ${formatRef(table)} cannot be used: ${error.message}`;
    throw new UnprocessableError(message, [], { cause: error });
  }
}
