import type { TypedTrigger } from '@rat/contracts';
import { parseRef, type TriggerConfig } from '@rat/domain';
import type { ScheduleStory, TriggerStory } from '@rat/store';
import { maySeeIn, ownConfig } from './own-inputs.ts';

/**
 * A trigger in the words of other clients. `own`: the namespaces that the caller is confined to; what the
 * trigger watches in others is left out.
 */
export function presentTypedTrigger(
  row: TriggerStory,
  own: readonly string[] | undefined,
): TypedTrigger {
  const { config, isHidden } = ownConfig(row.config, maySeeIn(own));
  const typed = typeOf(config);
  return {
    id: row.id,
    pipeline_id: row.pipelineId,
    name: row.name,
    ...typed,
    ...(isHidden && { config: {} }),
    enabled: row.paused === undefined,
    cooldown_seconds: row.cooldownSeconds,
    last_triggered_at: row.marks.lastFiredAt?.toISOString() ?? null,
    last_run_id: row.lastRun?.id ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** A schedule in the words of other clients: a trigger of the type `cron`. */
export function presentTypedSchedule(row: ScheduleStory): TypedTrigger {
  const { rhythm } = row;
  return {
    id: row.id,
    pipeline_id: row.pipelineId,
    name: row.name,
    type: 'cron',
    config:
      rhythm.kind === 'cron'
        ? { cron_expr: rhythm.cron }
        : { every_seconds: rhythm.everySeconds, offset_seconds: rhythm.offsetSeconds },
    enabled: row.paused === undefined,
    cooldown_seconds: 0,
    last_triggered_at: row.lastRun?.at.toISOString() ?? null,
    last_run_id: row.lastRun?.id ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** A config that those words cannot say keeps its own. */
function typeOf(config: TriggerConfig): Pick<TypedTrigger, 'type' | 'config'> {
  const { kind, ...own } = config;
  switch (config.kind) {
    case 'upload': {
      const { namespace, zone, pattern } = config;
      const place = { namespace, zone_name: zone };
      return pattern === null
        ? { type: 'landing_zone_upload', config: place }
        : { type: 'file_pattern', config: { ...place, pattern } };
    }
    case 'upstream': {
      const [first, ...others] = config.pipelines;
      const ref = first === undefined ? undefined : parseRef(first, '');
      if (ref === undefined || others.length > 0) return { type: kind, config: { ...own } };
      const { namespace, layer, name: pipeline } = ref;
      return { type: 'pipeline_success', config: { namespace, layer, pipeline } };
    }
    case 'dependency':
      return {
        type: 'cron_dependency',
        config: { cron_expr: config.cron, dependencies: config.pipelines },
      };
    case 'table':
    case 'webhook':
      return { type: kind, config: { ...own } };
  }
}
