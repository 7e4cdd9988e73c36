import type { AnswerOf } from '@rat/contracts';

type Schedule = AnswerOf<'listSchedules'>['schedules'][number];
type Trigger = AnswerOf<'listTriggers'>['triggers'][number];

/** A schedule or a trigger. */
export interface Starter {
  id: string;
  kind: 'schedule' | 'trigger';
  name: string;
  /** What it waits for, in words. */
  waitsFor: string;
  nextAt: string | null;
  lastFiring: Schedule['last_firing'];
  lastRunId: string | null;
  paused: Schedule['paused'];
  pipeline: { namespace: string; layer: string; name: string };
}

/** Schedules and triggers as one list: a person looks for what starts a pipeline, of either kind. */
export function toStarters(
  schedules: readonly Schedule[],
  triggers: readonly Trigger[],
): Starter[] {
  return [
    ...schedules.map((one): Starter => {
      const rhythm = one.cron ?? `every ${one.every_seconds ?? 0} s`;
      return {
        ...factsOf(one),
        kind: 'schedule',
        waitsFor: `${one.description ?? rhythm} (${one.timezone})`,
      };
    }),
    ...triggers.map((one): Starter => {
      const inputs = one.inputs.map(({ input }) => input).join(', ');
      return {
        ...factsOf(one),
        kind: 'trigger',
        waitsFor: inputs === '' ? one.kind : `${one.kind}: ${inputs}`,
      };
    }),
  ];
}

type Facts = Omit<Starter, 'kind' | 'waitsFor'>;

function factsOf(one: Schedule | Trigger): Facts {
  return {
    id: one.id,
    name: one.name,
    nextAt: one.next_fire_at,
    lastFiring: one.last_firing,
    lastRunId: one.last_run_id,
    paused: one.paused,
    pipeline: { namespace: one.namespace, layer: one.layer, name: one.pipeline },
  };
}
