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
 * A failure stored on a run. `message` is for the pipeline's author: it never carries a filesystem path, a host or a
 * credential. `line` and `column` count from 1 in the author's file, which `file` names; a template may render to other
 * lines. `statement` is the SQL that was executed.
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
  /** The signal by which the executor process crashed, or `internal error`; on a recorded attempt, never on a run. */
  crash?: string | undefined;
}

/** The author's failures repeat exactly, so trying again is waste; the world's and ours may pass. */
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

/** Whether another attempt could end differently without anybody changing anything. */
export function isRetryable(code: FailureCode): boolean {
  return RETRYABLE[code];
}
