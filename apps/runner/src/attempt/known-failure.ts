import {
  UnavailableError,
  UnprocessableError,
  type Failure,
  type Phase,
  type PipelineRef,
} from '@rat/domain';
import { TableFormatError } from '@rat/iceberg';
import { toFailure } from '../execution/to-failure.ts';
import { UnreadableTableError } from '../table-commit/with-table-name.ts';

/**
 * Translates an error of the runner's own work on an attempt into the run's failure; undefined for
 * a defect of ours. Errors of inputs carry their table's name; an unnamed table is `table`, the
 * run's own.
 */
export function knownFailure(
  error: unknown,
  table: PipelineRef,
  phase: Phase,
): Failure | undefined {
  if (error instanceof TableFormatError) {
    return { code: 'config_error', message: new UnreadableTableError(table, error).message, phase };
  }
  // Retrying does not make an unreadable table readable.
  if (error instanceof UnprocessableError) {
    return { code: 'config_error', message: error.message, phase };
  }
  // The storage may recover; a full disk does not empty itself.
  if (error instanceof UnavailableError) {
    const isFull = toFailure(error.cause, phase)?.code === 'disk_full';
    const code = isFull ? 'disk_full' : 'storage_unavailable';
    return { code, message: error.message, phase };
  }
  return toFailure(error, phase);
}
