import type { RetentionKey } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

/** Each setting with the range of its variable in the environment. */
const SETTINGS = {
  runs_max_per_pipeline: whole(0, 10_000_000),
  runs_max_age_days: whole(0, 36_500),
  logs_max_age_days: whole(0, 36_500),
  quality_results_max_per_test: whole(0, 10_000_000),
  soft_delete_purge_days: whole(1, 3_650),
  stuck_run_timeout_minutes: whole(0, 1_000_000),
  audit_log_max_age_days: whole(0, 36_500),
  nessie_orphan_branch_max_age_hours: whole(0, 1_000_000),
  reaper_interval_minutes: whole(1, 10_080),
  iceberg_snapshot_max_age_days: whole(1, 3_650),
  iceberg_orphan_file_max_age_days: whole(0, 36_500),
} satisfies Record<RetentionKey, z.ZodType>;

/** What is kept for how long. 0 runs, or 0 days of runs: without a limit. */
const retentionConfig = z.object(SETTINGS).meta({ id: 'RetentionConfig' });

const choice = z.object(SETTINGS).partial();

/** The body of a PUT: a setting that is left out, or null, is not set here. */
export const putRetentionBody = z
  .strictObject({
    runs_max_per_pipeline: SETTINGS.runs_max_per_pipeline.nullish(),
    runs_max_age_days: SETTINGS.runs_max_age_days.nullish(),
    logs_max_age_days: SETTINGS.logs_max_age_days.nullish(),
    quality_results_max_per_test: SETTINGS.quality_results_max_per_test.nullish(),
    soft_delete_purge_days: SETTINGS.soft_delete_purge_days.nullish(),
    stuck_run_timeout_minutes: SETTINGS.stuck_run_timeout_minutes.nullish(),
    audit_log_max_age_days: SETTINGS.audit_log_max_age_days.nullish(),
    nessie_orphan_branch_max_age_hours: SETTINGS.nessie_orphan_branch_max_age_hours.nullish(),
    reaper_interval_minutes: SETTINGS.reaper_interval_minutes.nullish(),
    iceberg_snapshot_max_age_days: SETTINGS.iceberg_snapshot_max_age_days.nullish(),
    iceberg_orphan_file_max_age_days: SETTINGS.iceberg_orphan_file_max_age_days.nullish(),
  })
  .meta({ id: 'PutRetentionBody' });
export type PutRetentionBody = z.infer<typeof putRetentionBody>;

export const retentionAnswer = z.object({ config: retentionConfig }).meta({ id: 'Retention' });
export type RetentionAnswer = z.infer<typeof retentionAnswer>;

export const pipelineRetention = z
  .object({
    /** What holds for the installation. */
    system: retentionConfig,
    /** What is set for this pipeline. */
    overrides: choice.nullable(),
    /** What holds for this pipeline. */
    effective: retentionConfig,
  })
  .meta({ id: 'PipelineRetention' });
export type PipelineRetentionAnswer = z.infer<typeof pipelineRetention>;

const count = z.int().nonnegative();

/** What the last round of the clean-up removed. */
export const retentionStatus = z
  .object({
    last_run_at: timestamp.nullable(),
    runs_pruned: count,
    logs_pruned: count,
    quality_pruned: count,
    /** Dropped tables whose files were removed; a pipeline itself is kept. */
    pipelines_purged: count,
    /** Always 0: a run whose runner died starts again within seconds. */
    runs_failed: count,
    /** Runs whose unpublished branch was removed. */
    branches_cleaned: count,
    /** Runs whose archived landing files were deleted. */
    lz_files_cleaned: count,
    /** Always 0. */
    audit_pruned: count,
    updated_at: timestamp,
  })
  .meta({ id: 'RetentionStatus' });
type RetentionStatusAnswer = z.infer<typeof retentionStatus>;

/** A round as the store has it; undefined: there was none. */
export function presentRetentionStatus(
  round:
    | {
        lastRunAt: Date;
        runsPruned: number;
        logsPruned: number;
        qualityPruned: number;
        tablesPurged: number;
        branchesCleaned: number;
        lzRunsCleaned: number;
      }
    | undefined,
  now: Date,
): RetentionStatusAnswer {
  return {
    last_run_at: round?.lastRunAt.toISOString() ?? null,
    runs_pruned: round?.runsPruned ?? 0,
    logs_pruned: round?.logsPruned ?? 0,
    quality_pruned: round?.qualityPruned ?? 0,
    pipelines_purged: round?.tablesPurged ?? 0,
    runs_failed: 0,
    branches_cleaned: round?.branchesCleaned ?? 0,
    lz_files_cleaned: round?.lzRunsCleaned ?? 0,
    audit_pruned: 0,
    updated_at: (round?.lastRunAt ?? now).toISOString(),
  };
}
