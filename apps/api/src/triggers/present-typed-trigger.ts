import type { TypedTrigger } from '@rat/contracts';
import { parseRef, type TriggerConfig } from '@rat/domain';
import type { ScheduleStory, TriggerStory } from '@rat/store';
import { baseUrlOf, type Addressed } from '../http/base-url.ts';
import { confinedTo } from '../http/caller.ts';
import { maySeeIn, ownConfig } from './own-inputs.ts';

/**
 * A trigger in the words of other clients, without what it watches in namespaces that the caller may not
 * see. The address of a webhook is that of this API, as the client reaches it.
 */
export function presentTypedTrigger(row: TriggerStory, req: Addressed): TypedTrigger {
  const { config, isHidden } = ownConfig(row.config, maySeeIn(confinedTo(req)));
  const baseUrl = baseUrlOf(req);
  return {
    id: row.id,
    pipeline_id: row.pipelineId,
    name: row.name,
    ...typeOf(config),
    ...(isHidden && { config: {} }),
    ...(row.config.kind === 'webhook' &&
      baseUrl !== undefined && { webhook_url: deliveryUrl(row.id, row.config, baseUrl) }),
    enabled: row.paused === undefined,
    cooldown_seconds: row.cooldownSeconds,
    last_triggered_at: row.marks.lastFiredAt?.toISOString() ?? null,
    last_run_id: row.lastRun?.id ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** With the token that was made for a webhook, under the name that other clients read and under ours. */
export function withToken(answer: TypedTrigger, token: string | undefined): TypedTrigger {
  return token === undefined ? answer : { ...answer, webhook_token: token, token };
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

/** A token names its webhook; a signature does not. */
function deliveryUrl(id: string, { verify }: { verify: string }, baseUrl: string): string {
  return `${baseUrl}/api/v1/webhooks${verify === 'token' ? '' : `/${id}`}`;
}

/** A config that those words cannot say keeps its own. */
export function typeOf(config: TriggerConfig): Pick<TypedTrigger, 'type' | 'config'> {
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
