import type { AnswerOf } from '@rat/contracts';

type Schedule = AnswerOf<'listSchedules'>['schedules'][number];
type Trigger = AnswerOf<'listTriggers'>['triggers'][number];
export type Source = AnswerOf<'getWhyNot'>['sources'][number];

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
  whyNot: Source | undefined;
}

/** The schedules and triggers of a pipeline as one list: a person asks what starts it, not of which kind that is. */
export function toStarters(
  schedules: readonly Schedule[],
  triggers: readonly Trigger[],
  sources: readonly Source[],
): Starter[] {
  const whyNot = (kind: Starter['kind'], name: string): Source | undefined =>
    sources.find((source) => source.kind === kind && source.name === name);
  return [
    ...schedules.map((one): Starter => {
      const rhythm = one.cron ?? `every ${one.every_seconds ?? 0} s`;
      return {
        ...factsOf(one),
        kind: 'schedule',
        waitsFor: `${one.description ?? rhythm} (${one.timezone})`,
        whyNot: whyNot('schedule', one.name),
      };
    }),
    ...triggers.map((one): Starter => {
      const inputs = one.inputs.map(({ input }) => input).join(', ');
      return {
        ...factsOf(one),
        kind: 'trigger',
        waitsFor: inputs === '' ? one.kind : `${one.kind}: ${inputs}`,
        whyNot: whyNot('trigger', one.name),
      };
    }),
  ];
}

type Facts = Omit<Starter, 'kind' | 'waitsFor' | 'whyNot'>;

function factsOf(one: Schedule | Trigger): Facts {
  return {
    id: one.id,
    name: one.name,
    nextAt: one.next_fire_at,
    lastFiring: one.last_firing,
    lastRunId: one.last_run_id,
    paused: one.paused,
  };
}
