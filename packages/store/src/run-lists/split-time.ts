import type { RunQuery } from './run-query.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The filter of the runs to count. */
export type RunFilter = Pick<
  RunQuery,
  'namespace' | 'layer' | 'pipeline' | 'status' | 'from' | 'to'
>;

/** A half-open interval in milliseconds; undefined means unbounded on that side. */
export interface Interval {
  since: number | undefined;
  until: number | undefined;
}

type Bucketed<G> = Interval & { grain: G };

/** The time range of a filter, divided by where its runs are counted. */
export interface TimeSplit {
  /** Counted in the folded counts. */
  buckets: Bucketed<'hour' | 'day' | 'all'>[];
  /** The same range in whole hours, counted in the deltas; undefined if it has no whole hour. */
  wholeHours: Interval | undefined;
  /** The parts of hours at the bounds, counted in the runs themselves. */
  partialHours: Interval[];
}

/**
 * Splits the range of a filter. The buckets are as large as the bounds allow, but not larger than
 * `grain`.
 */
export function splitTime({ from, to }: RunFilter, grain: 'hour' | 'day' | 'all'): TimeSplit {
  // `from` is exclusive. Times of runs and bounds have millisecond precision, so adding 1 ms makes
  // it inclusive.
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

/** One table in which runs of a filter are counted. */
export interface CountSource {
  table: string;
  time: string;
  /** The SQL expression for the number of runs in one row. */
  amount: string;
  where: string;
}

/** Returns the tables to sum up for a filter. `bind` adds a value and returns its placeholder. */
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
  return NAMES.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    return typeof value === 'string'
      ? `${name} = ${bind(value)}`
      : `${name} = ANY (${bind(value)})`;
  });
}

/**
 * The scope of counts with the fewest rows for this filter. Without a pipeline, it is a scope that
 * counts all pipelines together and stores an empty name for each field that is not filtered. With
 * a pipeline, the other names stay open: only the scopes of single pipelines have that name.
 */
function scopeOf(filter: RunFilter): RunFilter {
  if (filter.pipeline !== undefined) return filter;
  const { namespace = '', layer = '', status } = filter;
  return { namespace, layer, pipeline: '', status };
}
