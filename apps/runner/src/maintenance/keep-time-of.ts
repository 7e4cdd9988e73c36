import type { PipelineRef } from '@rat/domain';
import { findRetentionChoices } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const DAY_MS = 86_400_000;

/**
 * How long a version of a table stays readable after a newer one took its place: as people chose for
 * its pipeline or for the installation, or else as the environment says.
 */
export async function keepTimeOf(
  { db, limits }: { db: AttemptDeps['db']; limits: { keepMs: number } },
  table: PipelineRef,
): Promise<number> {
  const { system, pipeline } = await findRetentionChoices(db, table);
  const days = pipeline.iceberg_snapshot_max_age_days ?? system.iceberg_snapshot_max_age_days;
  return days === undefined ? limits.keepMs : days * DAY_MS;
}
