import { prepared, type Queryable } from '../db/database.ts';
import { countSources, type RunFilter } from './split-time.ts';

const HOUR_MS = 3_600_000;

/** The hour that contains the first run of the page, and how many runs of that hour precede it. */
export interface OffsetPlace {
  hour: number;
  rest: number;
}

interface PlaceRow {
  total: number;
  since: Date | null;
  rest: number | null;
}

/**
 * Finds where page `offset` starts without reading the runs before it: it sums the daily counts,
 * then the hourly counts of one day. So every page costs the same. `place` is undefined past the
 * last run; the daily counts also give `total`. `client` must be in a transaction that reads one
 * snapshot, or the page may differ from the place.
 *
 * One statement, because planning and the round trip cost more than the sums. A subquery limits the
 * hours to the day that the daily counts found.
 */
export async function seekOffset(
  client: Queryable,
  filter: RunFilter,
  { order, offset }: { order: 'asc' | 'desc'; offset: number },
): Promise<{ total: number; place: OffsetPlace | undefined }> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const skip = `${bind(offset)}::bigint`;
  const text = `WITH days AS MATERIALIZED (${countBy(filter, 'day', bind)}),
     day AS MATERIALIZED (
       SELECT since, ${skip} - before AS rest FROM (${runningTotal('days', order)}) counted
       WHERE before <= ${skip} AND ${skip} < before + runs),
     hours AS MATERIALIZED (${countBy(filter, 'hour', bind, ofDay)}),
     hour AS (
       SELECT counted.since, day.rest - before AS rest
       FROM day CROSS JOIN (${runningTotal('hours', order)}) counted
       WHERE before <= day.rest AND day.rest < before + runs)
     SELECT found.total, hour.since, hour.rest::bigint AS rest
     FROM (SELECT coalesce(sum(runs), 0)::bigint AS total FROM days) found LEFT JOIN hour ON true`;
  // With time bounds the statement has too many variants to prepare each one per connection.
  const isBounded = filter.from !== undefined || filter.to !== undefined;
  const query = isBounded ? { text, values } : prepared(text, values);
  const answer = await client.query<PlaceRow>(query);
  const { total = 0, since = null, rest = null } = answer.rows[0] ?? {};
  const place = since === null || rest === null ? undefined : { hour: since.getTime(), rest };
  return { total, place };
}

/** 24 hours instead of one day: a day would depend on the session’s time zone. */
function ofDay(time: string): string {
  return `AND ${time} >= (SELECT since FROM day)
    AND ${time} < (SELECT since + interval '24 hours' FROM day)`;
}

/**
 * SQL for `since, runs` of each hour or day in which runs were created. `bounds` may add a
 * condition on the time column of a source.
 */
function countBy(
  filter: RunFilter,
  grain: 'hour' | 'day',
  bind: (value: unknown) => string,
  bounds: (time: string) => string = () => '',
): string {
  const parts = countSources(filter, grain, bind).map(
    ({ table, time, amount, where }) =>
      `SELECT date_trunc('${grain}', ${time}, 'UTC') AS since, ${amount} AS runs
       FROM ${table}
       WHERE ${where} ${bounds(time)}`,
  );
  return `SELECT since, sum(runs) AS runs FROM (${parts.join(' UNION ALL ')}) counted GROUP BY since`;
}

/** SQL that adds `before` to each row: the number of runs in all earlier rows. */
function runningTotal(buckets: string, order: 'asc' | 'desc'): string {
  return `SELECT since, runs, sum(runs) OVER (ORDER BY since ${order}) - runs AS before FROM ${buckets}`;
}

/**
 * The time bound that excludes the skipped hours: the hour's start or, in descending order, its
 * end.
 */
export function offsetBound({ hour }: OffsetPlace, order: 'asc' | 'desc'): Date {
  return new Date(order === 'asc' ? hour : hour + HOUR_MS);
}
