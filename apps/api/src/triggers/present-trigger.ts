import type { TriggerAnswer } from '@rat/contracts';
import type { TriggerInput, TriggerStory } from '@rat/store';

export function presentTrigger(row: TriggerStory): TriggerAnswer {
  const { paused, lastFiring, lastRun } = row;
  const { kind, ...config } = row.config;
  return {
    id: row.id,
    pipeline_id: row.pipelineId,
    namespace: row.pipeline.namespace,
    layer: row.pipeline.layer,
    pipeline: row.pipeline.name,
    name: row.name,
    kind,
    config: { ...config },
    inputs: row.inputs.map(presentInput),
    debounce_seconds: row.debounceSeconds,
    max_wait_seconds: row.maxWaitSeconds ?? null,
    cooldown_seconds: row.cooldownSeconds,
    max_per_hour: row.maxPerHour,
    overlap: row.overlap,
    priority: row.priority,
    expires_in_seconds: row.expiresInSeconds ?? null,
    params: row.params ?? {},
    enabled: paused === undefined,
    paused: paused
      ? { at: paused.at.toISOString(), by: paused.by ?? null, reason: paused.reason ?? null }
      : null,
    next_fire_at: isoOf(row.fireAt),
    last_firing: lastFiring
      ? {
          id: lastFiring.id,
          outcome: lastFiring.outcome,
          reason: lastFiring.reason ?? null,
          at: lastFiring.at.toISOString(),
        }
      : null,
    last_run_id: lastRun?.id ?? null,
    last_run_at: isoOf(lastRun?.at),
    last_run_status: lastRun?.status ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

function presentInput({ input, consumed, latest, latestAt, runId }: TriggerInput) {
  return {
    input,
    latest_at: isoOf(latestAt),
    run_id: runId ?? null,
    is_new: latest !== undefined && latest !== consumed,
  };
}

function isoOf(at: Date | undefined): string | null {
  return at?.toISOString() ?? null;
}
