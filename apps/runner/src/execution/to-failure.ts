import type { Failure, FailureCode, Phase } from '@rat/domain';
import { ConfigError, StatementError } from '@rat/engine';
import { SchemaConflictError, TableFormatError, UnsupportedTypeError } from '@rat/iceberg';
import { TemplateError } from '@rat/pipelines';
import { PIPELINE_FILE } from './place-in-file.ts';

/** Ends an execution with a known failure. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** Failures by the error code of the file system. An unlisted code is a defect of ours. */
const FILE_SYSTEM_CODES: Record<string, FailureCode> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EACCES: 'storage_unavailable',
  EIO: 'storage_unavailable',
  EMFILE: 'storage_unavailable',
  ENOENT: 'storage_unavailable',
  ENOTDIR: 'storage_unavailable',
  EROFS: 'storage_unavailable',
};

/**
 * Translates an error of an execution into the run's failure. Returns undefined for an unexpected
 * error, whose text may hold paths: the caller reports `internal` and logs the error.
 */
export function toFailure(error: unknown, phase: Phase): Failure | undefined {
  if (error instanceof StatementError || error instanceof RunFailedError) {
    return { phase, ...error.failure };
  }
  if (error instanceof TemplateError) {
    const { code, message, line, column } = error;
    const place = line === undefined ? '' : ` (line ${line})`;
    return { code, phase, message: `${message}${place}`, file: PIPELINE_FILE, line, column };
  }
  if (error instanceof SchemaConflictError) {
    return { code: 'schema_conflict', phase, message: error.message };
  }
  if (
    error instanceof ConfigError ||
    error instanceof UnsupportedTypeError ||
    error instanceof TableFormatError
  ) {
    return { code: 'config_error', phase, message: error.message };
  }
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  const fileSystemCode = hasCode ? String(error.code) : '';
  const code = FILE_SYSTEM_CODES[fileSystemCode];
  return (
    code && { code, phase, message: `the storage refused a file operation (${fileSystemCode})` }
  );
}
