import type { Phase } from './phase.ts';

/** Why a run failed, as data. `cancelled` and `interrupted` are outcomes, not failures. */
export const FAILURE_CODES = [
  'sql_error',
  'template_error',
  'config_error',
  'schema_conflict',
  'source_not_found',
  'quality_failed',
  'timed_out',
  'out_of_memory',
  'disk_full',
  'storage_unavailable',
  'catalog_unavailable',
  'commit_conflict',
  'stalled',
  'internal',
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

/**
 * A failure stored on a run. `message` is for the pipeline's author: it never contains a filesystem
 * path, a host or a credential. `line` and `column` count from 1 in the author's `file`, not in the
 * rendered SQL. `statement` is the executed SQL.
 */
export interface Failure {
  code: FailureCode;
  message: string;
  phase?: Phase | undefined;
  statement?: string | undefined;
  /** `pipeline.sql`, or `tests/quality/<name>.sql`. */
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  /** The place within `statement`. Both count from 1, columns in code points. */
  within?: { line: number; column: number } | undefined;
  /**
   * The signal that crashed the executor process, or `internal error`. Only on an attempt, never on
   * a run.
   */
  crash?: string | undefined;
}

/**
 * An author's failure repeats exactly, so a retry is useless; a failure of the platform may pass.
 */
const RETRYABLE: Record<FailureCode, boolean> = {
  sql_error: false,
  template_error: false,
  config_error: false,
  schema_conflict: false,
  source_not_found: false,
  quality_failed: false,
  timed_out: false,
  out_of_memory: false,
  disk_full: false,
  storage_unavailable: true,
  catalog_unavailable: true,
  commit_conflict: true,
  stalled: true,
  internal: true,
};

/** Whether another attempt could succeed without any change. */
export function isRetryable(code: FailureCode): boolean {
  return RETRYABLE[code];
}
