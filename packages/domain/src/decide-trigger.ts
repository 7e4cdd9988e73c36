import type { Match } from './trigger-settings.ts';

/** How a trigger spaces its firings. */
export interface TriggerPace {
  debounceSeconds: number;
  maxWaitSeconds: number | undefined;
  cooldownSeconds: number;
  maxPerHour: number;
}

/** What a trigger has seen and done. */
export interface TriggerMarks {
  /** The first and the last change that it has not decided about; undefined: there is none. */
  firstChangeAt: Date | undefined;
  lastChangeAt: Date | undefined;
  lastFiredAt: Date | undefined;
}

/** An input as the trigger compares it. */
export interface InputNews {
  /** Whether its state is another one than the trigger decided about last. */
  isNew: boolean;
  latestAt: Date | undefined;
}

/** Which inputs must have news. */
export interface MatchRule {
  match: Match;
  withinSeconds: number | undefined;
  /** The news of every input must not be older than this. */
  notBefore: Date | undefined;
}

/**
 * - `idle`: no firing until something changes.
 * - `wait`: it decides again at that time.
 * - `capped`: it fired as often as an hour allows.
 * - `fire`: now.
 */
export type TriggerDecision =
  | { kind: 'idle' }
  | { kind: 'wait'; until: Date }
  | { kind: 'capped' }
  | { kind: 'fire' };

/**
 * The moment at which a trigger with news decides: once nothing has changed for the debounce time, at
 * most `maxWait` after the first change, and not before the cooldown of the last firing has ended.
 * Undefined without a change.
 */
export function fireTime(pace: TriggerPace, marks: TriggerMarks): Date | undefined {
  const { firstChangeAt, lastChangeAt, lastFiredAt } = marks;
  if (lastChangeAt === undefined) return undefined;
  const quietMs = lastChangeAt.getTime() + pace.debounceSeconds * 1_000;
  const latestMs =
    pace.maxWaitSeconds === undefined
      ? Number.POSITIVE_INFINITY
      : (firstChangeAt ?? lastChangeAt).getTime() + pace.maxWaitSeconds * 1_000;
  const cooledMs =
    lastFiredAt === undefined
      ? Number.NEGATIVE_INFINITY
      : lastFiredAt.getTime() + pace.cooldownSeconds * 1_000;
  return new Date(Math.max(Math.min(quietMs, latestMs), cooledMs));
}

/**
 * Decides what a trigger does at `now`. It compares states, so a change that it is notified of twice
 * counts once, and one that it is not notified of counts at the next look.
 *
 * @example
 * decideTrigger({ pace, marks, inputs, rule, firedLastHour: 3 }, now); // { kind: 'fire' }
 */
export function decideTrigger(
  state: {
    pace: TriggerPace;
    marks: TriggerMarks;
    inputs: readonly InputNews[];
    rule: MatchRule;
    /** How many firings with a run it had in the hour before now. */
    firedLastHour: number;
  },
  now: Date,
): TriggerDecision {
  const { pace, marks, inputs, rule, firedLastHour } = state;
  if (!hasNews(inputs, rule)) return { kind: 'idle' };
  // News without a noted change were found by a sweep.
  const { firstChangeAt = now, lastChangeAt = now, lastFiredAt } = marks;
  const until = fireTime(pace, { firstChangeAt, lastChangeAt, lastFiredAt });
  if (until !== undefined && until > now) return { kind: 'wait', until };
  return firedLastHour >= pace.maxPerHour ? { kind: 'capped' } : { kind: 'fire' };
}

function hasNews(inputs: readonly InputNews[], rule: MatchRule): boolean {
  if (rule.match === 'any') return inputs.some(({ isNew }) => isNew);
  if (inputs.length === 0 || !inputs.every(({ isNew }) => isNew)) return false;
  const times = inputs.map(({ latestAt }) => latestAt?.getTime() ?? 0);
  const oldest = Math.min(...times);
  if (rule.notBefore !== undefined && oldest < rule.notBefore.getTime()) return false;
  const { withinSeconds } = rule;
  return withinSeconds === undefined || Math.max(...times) - oldest <= withinSeconds * 1_000;
}

/** A longer chain of runs that trigger each other is a loop, even if no trigger is in it twice. */
const DEPTH_MAX = 32;

/** Where a firing of a trigger stands in the chain of firings that led to it. */
export interface Ancestry {
  /** 0: no firing led to it. */
  depth: number;
  /** The triggers of the firings before it. */
  ancestors: readonly string[];
}

/** The place of a firing whose causes are runs of these firings. */
export function descend(parents: readonly (Ancestry & { sourceId: string })[]): Ancestry {
  const depth = Math.max(0, ...parents.map((parent) => parent.depth + 1));
  const ancestors = new Set(parents.flatMap((parent) => [...parent.ancestors, parent.sourceId]));
  return { depth, ancestors: [...ancestors] };
}

/** Whether a firing at this place would go round in a circle. */
export function isLoop(triggerId: string, { depth, ancestors }: Ancestry): boolean {
  return depth > DEPTH_MAX || ancestors.includes(triggerId);
}
