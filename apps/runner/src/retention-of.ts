import { applyRetention, RETENTION_DEFAULTS, type RetentionConfig } from '@rat/domain';
import type { RunnerEnv } from './env.ts';

/** What the environment says about what is kept for how long. */
export function retentionOf(
  env: Pick<
    RunnerEnv,
    | 'RAT_RUNS_MAX_PER_PIPELINE'
    | 'RAT_RUNS_MAX_AGE_DAYS'
    | 'RAT_KEEP_DAYS'
    | 'RAT_RUN_TIMEOUT'
    | 'RAT_QUARANTINE_DAYS'
    | 'RAT_KEEP_AUDIT_DAYS'
  >,
): RetentionConfig {
  return applyRetention(RETENTION_DEFAULTS, {
    runs_max_per_pipeline: env.RAT_RUNS_MAX_PER_PIPELINE,
    runs_max_age_days: env.RAT_RUNS_MAX_AGE_DAYS,
    soft_delete_purge_days: env.RAT_KEEP_DAYS,
    iceberg_snapshot_max_age_days: env.RAT_KEEP_DAYS,
    stuck_run_timeout_minutes: Math.ceil(env.RAT_RUN_TIMEOUT / 60),
    audit_log_max_age_days: env.RAT_KEEP_AUDIT_DAYS,
    nessie_orphan_branch_max_age_hours: env.RAT_QUARANTINE_DAYS * 24,
  });
}
