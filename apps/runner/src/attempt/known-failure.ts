import {
  UnavailableError,
  UnprocessableError,
  type Failure,
  type Phase,
  type PipelineRef,
} from '@rat/domain';
import { TableFormatError } from '@rat/lakehouse';
import { toFailure } from '../execution/to-failure.ts';
import { UnreadableTableError } from '../table-commit/with-table-name.ts';

/**
 * The failure that an error of the runner's own work on an attempt means; undefined for a defect of ours. Inputs are named
 * where they are read, so a table that is not named is `table`, the run's own.
 */
export function knownFailure(
  error: unknown,
  table: PipelineRef,
  phase: Phase,
): Failure | undefined {
  if (error instanceof TableFormatError) {
    return { code: 'config_error', message: new UnreadableTableError(table, error).message, phase };
  }
  // A table that cannot be read stays so however often we try.
  if (error instanceof UnprocessableError) {
    return { code: 'config_error', message: error.message, phase };
  }
  // The storage may come back; a full disk is not emptied by waiting.
  if (error instanceof UnavailableError) {
    const isFull = toFailure(error.cause, phase)?.code === 'disk_full';
    const code = isFull ? 'disk_full' : 'storage_unavailable';
    return { code, message: error.message, phase };
  }
  return toFailure(error, phase);
}
