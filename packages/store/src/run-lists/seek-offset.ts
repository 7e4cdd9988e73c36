import { prepared, type Queryable } from '../db/database.ts';
import { countSources, type RunFilter } from './split-time.ts';

const HOUR_MS = 3_600_000;

/** Where a list by time goes on after `offset` runs: at the hour in which the next one is, `rest` runs into it. */
export interface SkippedTo {
  hour: number;
  rest: number;
}

interface SkippedRow {
  total: number;
  since: Date | null;
  rest: number | null;
}

/**
 * Finds the hour of the run behind the first `offset` ones by adding up counts, first of days and then of the hours of one,
 * so that a page costs the same however deep it is; the days add up to the total. No `place`: there are no more than
 * `offset`. For the page to be what was found, `client` must be inside a transaction that reads one snapshot.
 *
 * One statement, for planning and travelling cost more than adding up: that the hours are of the day which the days led to
 * is said by a subquery, whose answer bounds what is read of the index.
 */
export async function seekOffset(
  client: Queryable,
  filter: RunFilter,
  { order, offset }: { order: 'asc' | 'desc'; offset: number },
): Promise<{ total: number; place: SkippedTo | undefined }> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const skip = `${bind(offset)}::bigint`;
  const text = `WITH days AS MATERIALIZED (${countBy(filter, 'day', bind)}),
     day AS MATERIALIZED (
       SELECT since, ${skip} - before AS rest FROM (${runningTotal('days', order)}) counted
       WHERE before <= ${skip} AND ${skip} < before + runs),
     hours AS MATERIALIZED (${countBy(filter, 'hour', bind, ofDay)}),
     hour AS (
       SELECT counted.since, day.rest - before AS rest FROM day CROSS JOIN (${runningTotal('hours', order)}) counted
       WHERE before <= day.rest AND day.rest < before + runs)
     SELECT found.total, hour.since, hour.rest::bigint AS rest
     FROM (SELECT coalesce(sum(runs), 0)::bigint AS total FROM days) found LEFT JOIN hour ON true`;
  // Bounds come in too many shapes for each to be kept by every connection.
  const isBounded = filter.from !== undefined || filter.to !== undefined;
  const query = isBounded ? { text, values } : prepared(text, values);
  const answer = await client.query<SkippedRow>(query);
  const { total = 0, since = null, rest = null } = answer.rows[0] ?? {};
  const place = since === null || rest === null ? undefined : { hour: since.getTime(), rest };
  return { total, place };
}

/** 24 hours and not a day, which would be one of the session's time zone. */
function ofDay(time: string): string {
  return `AND ${time} >= (SELECT since FROM day) AND ${time} < (SELECT since + interval '24 hours' FROM day)`;
}

/** `since, runs` of each hour or day in which runs were created. `bounds` may add a condition on a source’s time. */
function countBy(
  filter: RunFilter,
  grain: 'hour' | 'day',
  bind: (value: unknown) => string,
  bounds: (time: string) => string = () => '',
): string {
  const parts = countSources(filter, grain, bind).map(
    ({ table, time, amount, where }) =>
      `SELECT date_trunc('${grain}', ${time}, 'UTC') AS since, ${amount} AS runs FROM ${table} WHERE ${where} ${bounds(time)}`,
  );
  return `SELECT since, sum(runs) AS runs FROM (${parts.join(' UNION ALL ')}) counted GROUP BY since`;
}

/** Adds to each row how many runs come `before` it. */
function runningTotal(buckets: string, order: 'asc' | 'desc'): string {
  return `SELECT since, runs, sum(runs) OVER (ORDER BY since ${order}) - runs AS before FROM ${buckets}`;
}

/** The bound that leaves out what was skipped: the hour's beginning or, when time runs backwards, its end. */
export function offsetBound({ hour }: SkippedTo, order: 'asc' | 'desc'): Date {
  return new Date(order === 'asc' ? hour : hour + HOUR_MS);
}
