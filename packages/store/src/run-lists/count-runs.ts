import type { Queryable } from '../db/database.ts';
import { countSources, type RunFilter } from './split-time.ts';

/**
 * How many runs match, exactly, and whatever their number in about the same time: the whole hours between the bounds are
 * read from the counts, by days where these are whole, and only the hours that a bound cuts are counted run by run.
 *
 * One statement, hence one snapshot: what is being folded is either still among the deltas or already among the counts,
 * never in both and never in neither.
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
