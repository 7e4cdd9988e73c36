import type { TriggerAnswer } from '@rat/contracts';
import type { TriggerInput, TriggerStory } from '@rat/store';
import { isOwnInput, maySeeIn, ownConfig } from './own-inputs.ts';

/** `own`: the namespaces that the caller is confined to; what the trigger watches in others is left out. */
export function presentTrigger(
  row: TriggerStory,
  own: readonly string[] | undefined,
): TriggerAnswer {
  const { paused, lastFiring, lastRun } = row;
  const maySee = maySeeIn(own);
  const { config: seen, isHidden, hidden } = ownConfig(row.config, maySee);
  const { kind, ...config } = seen;
  const inputs = row.inputs.filter(({ input }) => isOwnInput(input, { maySee, hidden }));
  return {
    id: row.id,
    pipeline_id: row.pipelineId,
    namespace: row.pipeline.namespace,
    layer: row.pipeline.layer,
    pipeline: row.pipeline.name,
    name: row.name,
    kind,
    config: isHidden ? {} : { ...config },
    inputs: inputs.map(presentInput),
    hidden,
    debounce_seconds: row.debounceSeconds,
    max_wait_seconds: row.maxWaitSeconds ?? null,
    cooldown_seconds: row.cooldownSeconds,
    max_per_hour: row.maxPerHour,
    overlap: row.overlap,
    priority: row.priority,
    expires_in_seconds: row.expiresInSeconds ?? null,
    params: row.params ?? {},
    managed_by: row.managedBy,
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
