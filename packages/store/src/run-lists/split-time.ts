import type { RunQuery } from './run-query.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Which runs to count. */
export type RunFilter = Pick<
  RunQuery,
  'namespace' | 'layer' | 'pipeline' | 'status' | 'from' | 'to'
>;

/** A half-open interval of time, milliseconds; undefined: without an end on that side. */
export interface Interval {
  since: number | undefined;
  until: number | undefined;
}

type Bucketed<G> = Interval & { grain: G };

/** The time between a filter's bounds, divided by where its runs are counted. */
export interface TimeSplit {
  /** Read from the folded counts. */
  buckets: Bucketed<'hour' | 'day' | 'all'>[];
  /** The same time in whole hours, for the deltas; undefined: there is none. */
  wholeHours: Interval | undefined;
  /** The hours that a bound cuts: read from the runs themselves. */
  partialHours: Interval[];
}

/** The buckets are as great as the bounds allow, and no greater than `grain`. */
export function splitTime({ from, to }: RunFilter, grain: 'hour' | 'day' | 'all'): TimeSplit {
  // Strictly after: a run's time has milliseconds and no finer part, as has a bound.
  const first = from && from.getTime() + 1;
  const last = to?.getTime();
  const since = first && Math.ceil(first / HOUR_MS) * HOUR_MS;
  const until = last && Math.floor(last / HOUR_MS) * HOUR_MS;
  if (since !== undefined && until !== undefined && since >= until) {
    return { buckets: [], wholeHours: undefined, partialHours: [{ since: first, until: last }] };
  }
  const partialHours: Interval[] = [];
  if (first !== since) partialHours.push({ since: first, until: since });
  if (last !== until) partialHours.push({ since: until, until: last });
  const wholeHours = { since, until };
  return { buckets: intoBuckets(wholeHours, grain), wholeHours, partialHours };
}

function intoBuckets(
  wholeHours: Interval,
  grain: 'hour' | 'day' | 'all',
): Bucketed<'hour' | 'day' | 'all'>[] {
  const { since, until } = wholeHours;
  if (grain === 'hour') return [{ grain, ...wholeHours }];
  if (grain === 'all' && since === undefined && until === undefined)
    return [{ grain, ...wholeHours }];
  const firstDay = since && Math.ceil(since / DAY_MS) * DAY_MS;
  const lastDay = until && Math.floor(until / DAY_MS) * DAY_MS;
  if (firstDay !== undefined && lastDay !== undefined && firstDay >= lastDay) {
    return [{ grain: 'hour', ...wholeHours }];
  }
  const days: Bucketed<'day'> = { grain: 'day', since: firstDay, until: lastDay };
  return [
    ...(firstDay === since ? [] : [{ grain: 'hour' as const, since, until: firstDay }]),
    days,
    ...(lastDay === until ? [] : [{ grain: 'hour' as const, since: lastDay, until }]),
  ];
}

/** Where the runs of a filter are counted: each with the column of its time, its number, and its conditions. */
export interface CountSource {
  table: string;
  time: string;
  /** What one row adds. */
  amount: string;
  where: string;
}

/** `bind` takes a value and answers its placeholder. */
export function countSources(
  filter: RunFilter,
  grain: 'hour' | 'day' | 'all',
  bind: (value: unknown) => string,
): CountSource[] {
  const names = equalities(filter, bind);
  const where = (time: string, { since, until }: Interval, more: string[]): string => {
    const conditions = [...more];
    if (since !== undefined) conditions.push(`${time} >= ${bind(new Date(since))}::timestamptz`);
    if (until !== undefined) conditions.push(`${time} < ${bind(new Date(until))}::timestamptz`);
    return conditions.length === 0 ? 'true' : conditions.join(' AND ');
  };
  const { buckets, wholeHours, partialHours } = splitTime(filter, grain);
  const sources = buckets.map((bucket): CountSource => {
    const scope = [`grain = '${bucket.grain}'`, ...equalities(scopeOf(filter), bind)];
    const conditions = where('since', bucket, scope);
    return { table: 'run_counts', time: 'since', amount: 'runs', where: conditions };
  });
  if (wholeHours !== undefined) {
    const conditions = where('hour', wholeHours, names);
    sources.push({ table: 'run_count_deltas', time: 'hour', amount: 'delta', where: conditions });
  }
  for (const edge of partialHours) {
    const conditions = where('created_at', edge, names);
    sources.push({ table: 'runs', time: 'created_at', amount: '1', where: conditions });
  }
  return sources;
}

const NAMES = ['namespace', 'layer', 'pipeline', 'status'] as const;

function equalities(filter: RunFilter, bind: (value: unknown) => string): string[] {
  return NAMES.flatMap((name) =>
    filter[name] === undefined ? [] : [`${name} = ${bind(filter[name])}`],
  );
}

/**
 * The scope whose counts say it in the fewest rows: without a pipeline, one that counts all pipelines together, under empty
 * names for whatever is not asked for. With one, these are left open, for only the scopes of single pipelines name it.
 */
function scopeOf(filter: RunFilter): RunFilter {
  if (filter.pipeline !== undefined) return filter;
  const { namespace = '', layer = '', status } = filter;
  return { namespace, layer, pipeline: '', status };
}
