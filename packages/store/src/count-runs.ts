import type { Database } from './database.ts';
import type { RunQuery } from './list-runs.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Which runs to count. */
export type RunFilter = Pick<
  RunQuery,
  'namespace' | 'layer' | 'pipeline' | 'status' | 'from' | 'to'
>;

/**
 * How many runs match, exactly, and whatever their number in about the same time: the whole hours between the bounds are
 * read from the counts, by days where these are whole, and only the hours that a bound cuts are counted run by run.
 */
export async function countRuns(db: Database, filter: RunFilter): Promise<number> {
  const { text, values } = countStatement(filter);
  const answer = await db.pool.query<{ total: number }>(text, values);
  return answer.rows[0]?.total ?? 0;
}

/** A half-open interval of time; undefined: without an end on that side. */
interface Interval {
  since: number | undefined;
  until: number | undefined;
}

/**
 * One statement, hence one snapshot: what is being folded is either still among the deltas or already among the counts,
 * never in both and never in neither.
 */
function countStatement(filter: RunFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const names: string[] = [];
  for (const column of ['namespace', 'layer', 'pipeline', 'status'] as const) {
    if (filter[column] !== undefined) names.push(`${column} = ${bind(filter[column])}`);
  }
  const within = (column: string, { since, until }: Interval): string[] => [
    ...(since === undefined ? [] : [`${column} >= ${bind(new Date(since))}::timestamptz`]),
    ...(until === undefined ? [] : [`${column} < ${bind(new Date(until))}::timestamptz`]),
  ];
  const all = (conditions: string[]): string =>
    conditions.length === 0 ? 'true' : conditions.join(' AND ');
  const { buckets, whole, edges } = divide(filter);
  const terms = buckets.map(
    ({ grain, ...interval }) =>
      `(SELECT sum(runs) FROM run_counts WHERE ${all([`grain = '${grain}'`, ...within('since', interval), ...names])})`,
  );
  if (whole !== undefined) {
    const conditions = all([...within('hour', whole), ...names]);
    terms.push(`(SELECT sum(delta) FROM run_count_deltas WHERE ${conditions})`);
  }
  for (const edge of edges) {
    const conditions = all([...within('created_at', edge), ...names]);
    terms.push(`(SELECT count(*) FROM runs WHERE ${conditions})`);
  }
  const sum = terms.map((term) => `coalesce(${term}, 0)`).join(' + ');
  return { text: `SELECT (${sum === '' ? '0' : sum})::bigint AS total`, values };
}

/** The interval of a filter as buckets of counts, the same as whole hours, and what is left over at its bounds. */
function divide({ from, to }: RunFilter): {
  buckets: (Interval & { grain: 'hour' | 'day' | 'all' })[];
  whole: Interval | undefined;
  edges: Interval[];
} {
  if (from === undefined && to === undefined) {
    const always = { since: undefined, until: undefined };
    return { buckets: [{ grain: 'all', ...always }], whole: always, edges: [] };
  }
  // Strictly after: a run's time has milliseconds and no finer part, as has a bound.
  const first = from && from.getTime() + 1;
  const last = to?.getTime();
  const since = first && Math.ceil(first / HOUR_MS) * HOUR_MS;
  const until = last && Math.floor(last / HOUR_MS) * HOUR_MS;
  if (since !== undefined && until !== undefined && since >= until) {
    return { buckets: [], whole: undefined, edges: [{ since: first, until: last }] };
  }
  const edges: Interval[] = [];
  if (first !== since) edges.push({ since: first, until: since });
  if (last !== until) edges.push({ since: until, until: last });
  return { buckets: intoDays({ since, until }), whole: { since, until }, edges };
}

/** Whole hours as whole days and the hours before and after them. */
function intoDays({ since, until }: Interval): (Interval & { grain: 'hour' | 'day' })[] {
  const firstDay = since && Math.ceil(since / DAY_MS) * DAY_MS;
  const lastDay = until && Math.floor(until / DAY_MS) * DAY_MS;
  if (firstDay !== undefined && lastDay !== undefined && firstDay >= lastDay) {
    return [{ grain: 'hour', since, until }];
  }
  const days: Interval & { grain: 'day' } = { grain: 'day', since: firstDay, until: lastDay };
  return [
    ...(firstDay === since ? [] : [{ grain: 'hour' as const, since, until: firstDay }]),
    days,
    ...(lastDay === until ? [] : [{ grain: 'hour' as const, since: lastDay, until }]),
  ];
}
