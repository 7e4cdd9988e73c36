/** A schedule of an interval, and the times between which every nominal time must be decided. */
export interface TimedSource {
  id: string;
  name: string;
  everySeconds: number;
  offsetSeconds: number;
  after: Date;
  until: Date;
}

/** A trigger, and the changes that it must have fired for. */
export interface CausedSource {
  id: string;
  name: string;
  /** Each in words, such as `run <id>`. */
  causes: readonly string[];
}

/** A firing with the runs that name it. */
export interface ToldFiring {
  id: string;
  sourceId: string;
  outcome: string;
  scheduledFor: Date | undefined;
  /** Of several nominal times, the last. */
  scheduledUntil: Date | undefined;
  count: number;
  runId: string | undefined;
  causes: readonly string[];
  /** The runs whose row names this firing. */
  runs: readonly string[];
}

/** What schedules and triggers did, and what they should have done. */
export interface AutomationFacts {
  timed: readonly TimedSource[];
  caused: readonly CausedSource[];
  firings: readonly ToldFiring[];
  /** Runs that a schedule or trigger made and that name no firing. */
  orphans: readonly string[];
}

/**
 * Finds what was lost or doubled: each nominal time of a schedule is in exactly one firing, each cause of
 * a trigger in exactly one, and each firing that ran has exactly one run, which names it.
 *
 * @example
 * const faults = findFiringFaults({ timed, caused, firings, orphans: [] });
 */
export function findFiringFaults({ timed, caused, firings, orphans }: AutomationFacts): string[] {
  return [
    ...timed.flatMap((source) => findTimeFaults(source, firingsOf(firings, source.id))),
    ...caused.flatMap((source) => findCauseFaults(source, firingsOf(firings, source.id))),
    ...firings.flatMap(findRunFaults),
    ...orphans.map((run) => `run ${run} was made by a schedule or trigger, and has no firing`),
  ];
}

function firingsOf(firings: readonly ToldFiring[], sourceId: string): ToldFiring[] {
  return firings.filter((firing) => firing.sourceId === sourceId);
}

/** The nominal times of an interval after one instant, up to another. */
function timesBetween(
  { everySeconds, offsetSeconds }: TimedSource,
  after: Date,
  until: Date,
): number[] {
  const every = everySeconds * 1_000;
  const offset = offsetSeconds * 1_000;
  const times: number[] = [];
  let time = (Math.floor((after.getTime() - offset) / every) + 1) * every + offset;
  for (; time <= until.getTime(); time += every) times.push(time);
  return times;
}

function findTimeFaults(source: TimedSource, firings: readonly ToldFiring[]): string[] {
  const faults: string[] = [];
  const decided = new Map<number, number>();
  for (const { id, outcome, scheduledFor, scheduledUntil, count } of firings) {
    if (scheduledFor === undefined) continue;
    const last = scheduledUntil ?? scheduledFor;
    const times = timesBetween(source, new Date(scheduledFor.getTime() - 1), last);
    if (times[0] !== scheduledFor.getTime())
      faults.push(`${source.name}: firing ${id} is about no time of the schedule`);
    if (times.length !== count)
      faults.push(
        `${source.name}: firing ${id} counts ${count}, but is about ${times.length} times`,
      );
    if (!['run', 'skipped', 'missed'].includes(outcome))
      faults.push(`${source.name}: firing ${id} is ${outcome}`);
    for (const time of times) decided.set(time, (decided.get(time) ?? 0) + 1);
  }
  for (const time of timesBetween(source, source.after, source.until)) {
    const found = decided.get(time) ?? 0;
    if (found !== 1)
      faults.push(`${source.name}: ${new Date(time).toISOString()} has ${found} firings`);
  }
  return faults;
}

function findCauseFaults(source: CausedSource, firings: readonly ToldFiring[]): string[] {
  const fired = new Map<string, number>();
  for (const cause of firings.flatMap(({ causes }) => causes))
    fired.set(cause, (fired.get(cause) ?? 0) + 1);
  const expected = new Set(source.causes);
  return [
    ...source.causes
      .filter((cause) => fired.get(cause) !== 1)
      .map((cause) => `${source.name}: ${cause} was fired ${fired.get(cause) ?? 0} times`),
    ...[...fired.keys()]
      .filter((cause) => !expected.has(cause))
      .map((cause) => `${source.name}: ${cause} was fired, but did not happen`),
  ];
}

function findRunFaults({ id, outcome, runId, runs }: ToldFiring): string[] {
  const expected = outcome === 'run' ? 1 : 0;
  const isOwn = expected === 0 || runs[0] === runId;
  if (runs.length === expected && isOwn) return [];
  return [`firing ${id} is ${outcome}, and has the runs ${runs.join(', ') || 'none'}`];
}
