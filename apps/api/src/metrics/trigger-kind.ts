import type { Trigger } from '@rat/domain';
import type { RunMove } from '@rat/store';

/** Why a run was made, in words that are few: the label of a client is free text. */
export type TriggerKind = Trigger['kind'] | 'other';

/** Every kind; a new kind of trigger does not compile until it is here. */
const KINDS: Record<TriggerKind, true> = {
  manual: true,
  api: true,
  schedule: true,
  trigger: true,
  rerun: true,
  reproduce: true,
  tests: true,
  maintenance: true,
  other: true,
};

export const TRIGGER_KINDS = Object.keys(KINDS) as TriggerKind[];

type TriggerFacts = Pick<RunMove, 'kind' | 'trigger' | 'sourceKind' | 'isRerun' | 'isReproduction'>;

/**
 * Finds the kind of a run's trigger. The database stores the label alone, and a client may choose a
 * label that reads like a kind; the other facts of the run cannot be chosen.
 */
export function triggerKind(run: TriggerFacts): TriggerKind {
  if (run.kind === 'maintenance') return 'maintenance';
  if (run.kind === 'audit') return 'tests';
  if (run.sourceKind !== undefined) return isKind(run.sourceKind) ? run.sourceKind : 'other';
  if (run.isReproduction) return 'reproduce';
  if (run.isRerun) return 'rerun';
  return run.trigger === 'manual' ? 'manual' : 'api';
}

function isKind(text: string): text is TriggerKind {
  return Object.hasOwn(KINDS, text);
}
