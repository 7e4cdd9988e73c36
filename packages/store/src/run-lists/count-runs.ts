import type { Queryable } from '../db/database.ts';
import { hasUncountedFilter, runConditions } from './run-conditions.ts';
import type { CountFilter } from './run-query.ts';
import { countSources } from './split-time.ts';

/**
 * Counts the runs that match, exactly, in a time that does not grow with their number. Whole hours
 * are read from the folded counts, by days where possible; only the partial hours at the bounds are
 * counted run by run.
 *
 * One statement, so one snapshot: a change that is being folded is either still in the deltas or
 * already in the counts.
 *
 * A filter by a column that is not counted counts the entries of an index, so its time grows with
 * the number of runs.
 */
export async function countRuns(client: Queryable, filter: CountFilter): Promise<number> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  if (hasUncountedFilter(filter)) {
    const conditions = runConditions(filter, bind).join(' AND ');
    const text = `SELECT count(*) AS total FROM runs r WHERE ${conditions}`;
    const counted = await client.query<{ total: number }>(text, values);
    return counted.rows[0]?.total ?? 0;
  }
  const sources = countSources(filter, 'all', bind);
  const terms = sources.map(
    ({ table, amount, where }) =>
      `coalesce((SELECT sum(${amount}) FROM ${table} WHERE ${where}), 0)`,
  );
  const answer = await client.query<{ total: number }>(
    `SELECT (${terms.join(' + ')})::bigint AS total`,
    values,
  );
  return answer.rows[0]?.total ?? 0;
}
