import type { Queryable } from '../db/database.ts';
import { countSources, type RunFilter } from './split-time.ts';

/**
 * Counts the runs that match, exactly, in a time that does not grow with their number. Whole hours
 * are read from the folded counts, by days where possible; only the partial hours at the bounds are
 * counted run by run.
 *
 * One statement, so one snapshot: a change that is being folded is either still in the deltas or
 * already in the counts.
 */
export async function countRuns(client: Queryable, filter: RunFilter): Promise<number> {
  const values: unknown[] = [];
  const sources = countSources(filter, 'all', (value) => `$${values.push(value)}`);
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
