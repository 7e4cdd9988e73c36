import type { Queryable } from './database.ts';
import { countSources, type RunFilter } from './run-buckets.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Where a list by time goes on after `offset` runs: at the hour in which the next one is, `rest` runs into it. */
export interface SkippedTo {
  hour: number;
  rest: number;
}

/**
 * Finds the hour of the run behind the first `offset` ones by adding up counts, first of days and then of the hours of one,
 * so that a page costs the same however deep it is; the days add up to the total. No `place`: there are no more than
 * `offset`. `client` must be inside a transaction that reads one snapshot, and the page must be read in it too.
 */
export async function skipRuns(
  client: Queryable,
  filter: RunFilter,
  { order, offset }: { order: 'asc' | 'desc'; offset: number },
): Promise<{ total: number; place: SkippedTo | undefined }> {
  const days = await countBy(client, filter, { grain: 'day', order });
  const total = days.reduce((sum, { runs }) => sum + runs, 0);
  const day = walk(days, offset);
  if (day === undefined) return { total, place: undefined };
  const ofDay = { ...filter, ...within(filter, day.since) };
  const hour = walk(await countBy(client, ofDay, { grain: 'hour', order }), day.rest);
  return { total, place: hour && { hour: hour.since, rest: hour.rest } };
}

/** The day that begins at `since`, as far as the filter's own bounds allow. */
function within({ from, to }: RunFilter, since: number): Pick<RunFilter, 'from' | 'to'> {
  return {
    from: new Date(Math.max(from?.getTime() ?? -Infinity, since - 1)),
    to: new Date(Math.min(to?.getTime() ?? Infinity, since + DAY_MS)),
  };
}

interface Bucket {
  since: number;
  runs: number;
}

function walk(buckets: Bucket[], offset: number): { since: number; rest: number } | undefined {
  let rest = offset;
  for (const { since, runs } of buckets) {
    if (rest < runs) return { since, rest };
    rest -= runs;
  }
  return undefined;
}

async function countBy(
  client: Queryable,
  filter: RunFilter,
  { grain, order }: { grain: 'day' | 'hour'; order: 'asc' | 'desc' },
): Promise<Bucket[]> {
  const values: unknown[] = [];
  const sources = countSources(filter, grain, (value) => `$${values.push(value)}`);
  const parts = sources.map(
    ({ table, time, amount, where }) =>
      `SELECT date_trunc('${grain}', ${time}, 'UTC') AS since, ${amount} AS runs FROM ${table} WHERE ${where}`,
  );
  const answer = await client.query<{ since: Date; runs: number }>(
    `SELECT since, sum(runs)::bigint AS runs FROM (${parts.join(' UNION ALL ')}) counted
     GROUP BY since ORDER BY since ${order}`,
    values,
  );
  return answer.rows.map(({ since, runs }) => ({ since: since.getTime(), runs }));
}

/** The bound that leaves out what was skipped: the hour's beginning or, when time runs backwards, its end. */
export function skippedBound({ hour }: SkippedTo, order: 'asc' | 'desc'): Date {
  return new Date(order === 'asc' ? hour : hour + HOUR_MS);
}
