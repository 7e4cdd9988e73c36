/** The settings of what is kept for how long, as the HTTP API names them. */
export const RETENTION_KEYS = [
  'runs_max_per_pipeline',
  'runs_max_age_days',
  'logs_max_age_days',
  'quality_results_max_per_test',
  'soft_delete_purge_days',
  'stuck_run_timeout_minutes',
  'audit_log_max_age_days',
  'nessie_orphan_branch_max_age_hours',
  'reaper_interval_minutes',
  'iceberg_snapshot_max_age_days',
  'iceberg_orphan_file_max_age_days',
] as const;
export type RetentionKey = (typeof RETENTION_KEYS)[number];
export type RetentionConfig = Record<RetentionKey, number>;
export type RetentionChoice = Partial<RetentionConfig>;

/** What a person may set for the installation. The other settings follow from these, or are fixed. */
export const SYSTEM_RETENTION_KEYS = [
  'runs_max_per_pipeline',
  'runs_max_age_days',
  'soft_delete_purge_days',
  'reaper_interval_minutes',
  'iceberg_snapshot_max_age_days',
] as const satisfies readonly RetentionKey[];

/** What a person may set for one pipeline. */
export const PIPELINE_RETENTION_KEYS = [
  'runs_max_per_pipeline',
  'runs_max_age_days',
  'iceberg_snapshot_max_age_days',
] as const satisfies readonly RetentionKey[];

/** The defaults of the runners' variables; they hold until the first runner has started. */
export const RETENTION_DEFAULTS: RetentionConfig = {
  runs_max_per_pipeline: 1_000,
  runs_max_age_days: 90,
  logs_max_age_days: 90,
  quality_results_max_per_test: 1_000,
  soft_delete_purge_days: 7,
  stuck_run_timeout_minutes: 60,
  audit_log_max_age_days: 400,
  nessie_orphan_branch_max_age_hours: 168,
  reaper_interval_minutes: 60,
  iceberg_snapshot_max_age_days: 7,
  iceberg_orphan_file_max_age_days: 3,
};

/** Why a setting has the value that it has. */
const REASONS: Partial<Record<RetentionKey, string>> = {
  logs_max_age_days: 'as runs_max_age_days: a log is kept as long as its run',
  quality_results_max_per_test: 'as runs_max_per_pipeline: a result is kept as long as its run',
  stuck_run_timeout_minutes:
    'as RAT_RUN_TIMEOUT of the runners says; a run whose runner died starts again within seconds',
  audit_log_max_age_days: 'as RAT_KEEP_AUDIT_DAYS of the runners says',
  nessie_orphan_branch_max_age_hours: 'as RAT_QUARANTINE_DAYS of the runners says',
  iceberg_orphan_file_max_age_days: 'the age is fixed',
};

/** The settings with a person's choices over them, and with what follows from those. */
export function applyRetention(base: RetentionConfig, choice: RetentionChoice): RetentionConfig {
  const chosen = { ...base, ...choice };
  return {
    ...chosen,
    logs_max_age_days: chosen.runs_max_age_days,
    quality_results_max_per_test: chosen.runs_max_per_pipeline,
  };
}

/** The choices that a request makes, or what is wrong with it. */
export type DecidedRetention =
  | { kind: 'chosen'; choice: RetentionChoice }
  | { kind: 'refused'; issues: { path: string; message: string }[] };

/**
 * Takes the settings that a person may set. Any other setting must have the value that then holds:
 * clients send all settings back that they have read.
 *
 * @example
 * decideRetention({ runs_max_age_days: 30 }, base, SYSTEM_RETENTION_KEYS);
 * // { kind: 'chosen', choice: { runs_max_age_days: 30 } }
 */
export function decideRetention(
  asked: RetentionChoice,
  base: RetentionConfig,
  settable: readonly RetentionKey[],
): DecidedRetention {
  const choice: RetentionChoice = {};
  for (const key of settable) {
    const value = asked[key];
    if (value !== undefined) choice[key] = value;
  }
  const holds = applyRetention(base, choice);
  const issues = RETENTION_KEYS.flatMap((key) => {
    const value = asked[key];
    // A client that read the settings and changed one sends the others as they were.
    if (value === undefined || value === holds[key] || value === base[key]) return [];
    const reason = REASONS[key] ?? 'it is set for the whole installation, not for one pipeline';
    return [{ path: key, message: `must be ${holds[key]}, ${reason}` }];
  });
  return issues.length > 0 ? { kind: 'refused', issues } : { kind: 'chosen', choice };
}
