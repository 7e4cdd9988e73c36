import {
  decideTrigger,
  type InputNews,
  type MatchRule,
  type TriggerMarks,
  type TriggerPace,
} from './decide-trigger.ts';
import type { FiringOutcome } from './schedule.ts';

/** Why a source of runs makes none now. */
export const NOT_RUN_VERDICTS = [
  'will_fire',
  'paused',
  'ended',
  'waiting_inputs',
  'debouncing',
  'cooling_down',
  'rate_capped',
  'loop',
  'overlap',
  'line_full',
  'missed',
  'up_to_date',
  'upstream_failed',
  'invalid',
  'none',
] as const;
/**
 * - `will_fire`: nothing is in its way; a due time, or the next look, makes a run.
 * - `paused`, `ended`: a person paused it, or its last time has passed.
 * - `waiting_inputs`: some of its inputs have no news.
 * - `debouncing`, `cooling_down`: it has news, and waits for silence, or since its last firing.
 * - `rate_capped`: it fired as often as an hour allows.
 * - `loop`: its last firing was refused, since it would go round in a circle.
 * - `overlap`, `line_full`: its last time, or news, made no run beside those that were active.
 * - `missed`: nothing could fire at its last times.
 * - `up_to_date`: no input has news.
 * - `upstream_failed`: an input without news is a pipeline whose last run failed.
 * - `invalid`: it cannot fire, or its pipeline cannot run.
 * - `none`: the pipeline has no schedule and no trigger.
 */
export type NotRunVerdict = (typeof NOT_RUN_VERDICTS)[number];

/** What a source did last. */
export interface LastFiring {
  id: string;
  outcome: FiringOutcome;
  /** A FiringReason, as stored. */
  reason: string | undefined;
  at: Date;
}

interface SourceFacts {
  name: string;
  paused: { at: Date; by: string | undefined; reason: string | undefined } | undefined;
  lastFiring: LastFiring | undefined;
  /** When it looks next, as stored; undefined: when something changes, or never. */
  fireAt: Date | undefined;
}

/** A schedule at one moment. */
export interface ScheduleFacts extends SourceFacts {
  kind: 'schedule';
}

/** An input of a trigger at one moment. */
export interface InputFacts extends InputNews {
  /** `pipeline:…`, `table:…`, `zone:…` or `delivery`. */
  input: string;
  /** Whether it is a pipeline whose last run failed. */
  hasFailed: boolean;
}

/** A trigger at one moment. */
export interface TriggerFacts extends SourceFacts {
  kind: 'trigger';
  /** It waits for times, and then for its inputs. */
  isTimed: boolean;
  pace: TriggerPace;
  marks: TriggerMarks;
  inputs: readonly InputFacts[];
  rule: MatchRule;
  firedLastHour: number;
}

/** Why one source makes no run now. */
export interface NotRunReason {
  kind: 'schedule' | 'trigger';
  name: string;
  verdict: NotRunVerdict;
  /** Since when that holds, as far as it is known. */
  since: Date | undefined;
  /** When it will no longer hold, if nothing else happens. */
  until: Date | undefined;
  /** The inputs that have no news, and after which moment they would be news. */
  missing: { input: string; latestAt: Date | undefined; neededAfter: Date | undefined }[];
  lastFiring: LastFiring | undefined;
}

/**
 * Explains why a pipeline does not run by itself now, source by source. The causes are those by which
 * schedules and triggers decide: without the one that is named, the source would fire, or fire earlier.
 *
 * @example
 * const { summary, sources } = explainNotRun({ now, isPublished: true, sources: [nightly] });
 */
export function explainNotRun(facts: {
  now: Date;
  isPublished: boolean;
  sources: readonly (ScheduleFacts | TriggerFacts)[];
}): { verdict: NotRunVerdict; summary: string; sources: NotRunReason[] } {
  const { now, isPublished } = facts;
  const sources = facts.sources.map((source) => explainSource(source, now, isPublished));
  const [first] = sources.toSorted((one, other) => rank(one) - rank(other));
  if (first === undefined) {
    const summary = 'the pipeline has no schedule and no trigger: only a request makes it run';
    return { verdict: 'none', summary, sources };
  }
  return { verdict: first.verdict, summary: summarise(first), sources };
}

/** The source that fires next comes first, and then the one that a person can help with. */
function rank({ verdict, until }: NotRunReason): number {
  const order = NOT_RUN_VERDICTS.indexOf(verdict);
  return until === undefined ? Number.MAX_SAFE_INTEGER / 2 + order : until.getTime();
}

function explainSource(
  source: ScheduleFacts | TriggerFacts,
  now: Date,
  isPublished: boolean,
): NotRunReason {
  const { kind, name, lastFiring, paused } = source;
  const base = { kind, name, lastFiring, since: undefined, until: undefined, missing: [] };
  if (paused !== undefined) return { ...base, verdict: verdictOfPause(source), since: paused.at };
  if (!isPublished) return { ...base, verdict: 'invalid' };
  return kind === 'schedule'
    ? { ...base, ...explainSchedule(source) }
    : { ...base, ...explainTrigger(source, now) };
}

function verdictOfPause({ paused, lastFiring }: SourceFacts): NotRunVerdict {
  if (paused?.by !== 'system') return 'paused';
  if (paused.reason?.startsWith('invalid') === true) return 'invalid';
  return lastFiring?.reason === 'rate_capped' ? 'rate_capped' : 'paused';
}

type Explained = Pick<NotRunReason, 'verdict'> & Partial<Omit<NotRunReason, 'kind' | 'name'>>;

function explainSchedule({ fireAt, lastFiring }: ScheduleFacts): Explained {
  const left = lastFiring === undefined ? undefined : verdictOfFiring(lastFiring);
  if (left !== undefined) return { verdict: left, since: lastFiring?.at, until: fireAt };
  return fireAt === undefined
    ? { verdict: 'ended', since: lastFiring?.at }
    : { verdict: 'will_fire', until: fireAt };
}

/** Why the last firing made no run; undefined when it made one. */
function verdictOfFiring({ outcome, reason }: LastFiring): NotRunVerdict | undefined {
  if (outcome === 'run' || outcome === 'waiting') return undefined;
  switch (reason) {
    case 'overlap':
    case 'line_full':
    case 'loop':
    case 'rate_capped':
      return reason;
    // The line of the namespace, where line_full is that of the pipeline.
    case 'quota':
      return 'line_full';
    case 'unpublished':
      return undefined;
    default:
      return outcome === 'missed' ? 'missed' : undefined;
  }
}

function explainTrigger(trigger: TriggerFacts, now: Date): Explained {
  const { isTimed, lastFiring, fireAt, marks, pace } = trigger;
  if (isTimed) return explainTimed(trigger);
  const decision = decideTrigger(trigger, now);
  switch (decision.kind) {
    case 'fire':
      return { verdict: 'will_fire', since: marks.lastChangeAt, until: fireAt ?? now };
    case 'capped':
      return { verdict: 'rate_capped', since: marks.lastFiredAt };
    case 'wait': {
      const { until } = decision;
      const warm = decideTrigger({ ...trigger, pace: { ...pace, cooldownSeconds: 0 } }, now);
      const isCooling = warm.kind !== 'wait' || warm.until < until;
      return isCooling
        ? { verdict: 'cooling_down', since: marks.lastFiredAt, until }
        : { verdict: 'debouncing', since: marks.firstChangeAt, until };
    }
    case 'idle':
      return explainIdle(trigger, lastFiring);
  }
}

/** A trigger with a due time: its waiting firing, or the next time. */
function explainTimed({ lastFiring, fireAt, inputs, marks }: TriggerFacts): Explained {
  if (lastFiring?.outcome === 'waiting') {
    const missing = inputs.filter(({ isNew }) => !isNew);
    const verdict = missing.some(({ hasFailed }) => hasFailed)
      ? 'upstream_failed'
      : 'waiting_inputs';
    return { verdict, since: lastFiring.at, until: fireAt, missing: toMissing(missing, marks) };
  }
  return fireAt === undefined ? { verdict: 'ended' } : { verdict: 'will_fire', until: fireAt };
}

function explainIdle(
  { inputs, rule, marks }: TriggerFacts,
  lastFiring: LastFiring | undefined,
): Explained {
  const lacking = inputs.filter(({ isNew }) => !isNew);
  const missing = toMissing(lacking, marks, rule.notBefore);
  if (lacking.some(({ hasFailed }) => hasFailed)) return { verdict: 'upstream_failed', missing };
  if (lacking.length < inputs.length) {
    // All have news, and they do not belong together: those that are too old must come again.
    const late = lacking.length > 0 ? missing : toMissing(tooOld(inputs, rule), marks);
    return { verdict: 'waiting_inputs', since: marks.firstChangeAt, missing: late };
  }
  const left = lastFiring === undefined ? undefined : verdictOfFiring(lastFiring);
  if (left !== undefined) return { verdict: left, since: lastFiring?.at, missing };
  const isWaiting = inputs.some(({ input }) => input === 'delivery');
  return { verdict: isWaiting ? 'waiting_inputs' : 'up_to_date', since: lastFiring?.at, missing };
}

/** The inputs whose news are older than the rule allows, by itself or beside the newest of the others. */
function tooOld(inputs: readonly InputFacts[], rule: MatchRule): InputFacts[] {
  const timeOf = ({ latestAt }: InputFacts): number => latestAt?.getTime() ?? 0;
  const newest = Math.max(...inputs.map(timeOf));
  const windowMs = (rule.withinSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
  const since = Math.max(rule.notBefore?.getTime() ?? 0, newest - windowMs);
  return inputs.filter((input) => timeOf(input) < since);
}

function toMissing(
  inputs: readonly InputFacts[],
  { lastFiredAt }: TriggerMarks,
  notBefore?: Date,
): NotRunReason['missing'] {
  return inputs.map(({ input, latestAt }) => ({
    input,
    latestAt,
    neededAfter: notBefore ?? latestAt ?? lastFiredAt,
  }));
}

function summarise(reason: NotRunReason): string {
  const { kind, name, verdict, until, missing } = reason;
  const who = `${kind} ${name}`;
  const at = until === undefined ? '' : ` until ${until.toISOString()}`;
  const inputs = missing.map(({ input }) => input).join(', ');
  switch (verdict) {
    case 'will_fire':
      return `${who} fires${until === undefined ? ' next' : ` at ${until.toISOString()}`}`;
    case 'paused':
      return `${who} is paused`;
    case 'ended':
      return `${who} has no further time`;
    case 'waiting_inputs':
      return `${who} waits for ${inputs}`;
    case 'debouncing':
      return `${who} waits for silence${at}`;
    case 'cooling_down':
      return `${who} cools down${at}`;
    case 'rate_capped':
      return `${who} fired as often as an hour allows`;
    case 'loop':
      return `${who} was refused: it would make itself run`;
    case 'overlap':
      return `${who} made no run, since others were active`;
    case 'line_full':
      return `${who} made no run, since too many wait already`;
    case 'missed':
      return `${who} missed its last time, since nothing could fire`;
    case 'up_to_date':
      return `${who} has no news of ${inputs || 'its inputs'}`;
    case 'upstream_failed':
      return `${who} waits for ${inputs}, whose last run failed`;
    case 'invalid':
      return `${who} cannot make a run: it is invalid, or the pipeline has no published version`;
    case 'none':
      return `${who} does nothing`;
  }
}
