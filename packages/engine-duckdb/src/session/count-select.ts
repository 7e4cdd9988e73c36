import type { DuckDBConnection } from '@duckdb/node-api';
import type { Statement } from '@rat/engine';
import { withoutOrder } from '../sql/without-order.ts';
import { Interrupter } from './interrupter.ts';

/** The text before the author's statement in the executed SQL. */
export const COUNT_WRAPPER = 'SELECT count(*) FROM (\n';

/**
 * Counts the rows of a described SELECT; undefined when that takes longer than `timeoutMs`. DuckDB
 * leaves out what a count does not need: the count of a table is in the footers of its files. It would
 * still sort, so the text leaves out the order.
 */
export async function countSelect(
  connection: DuckDBConnection,
  select: Statement,
  timeoutMs: number,
): Promise<number | undefined> {
  const deadline = new Interrupter(() => connection.interrupt());
  const timer = setTimeout(() => deadline.start(), timeoutMs);
  try {
    const reader = await connection.runAndReadAll(
      `${COUNT_WRAPPER}${withoutOrder(select.text)}\n)`,
    );
    return deadline.started ? undefined : Number(reader.getRows()[0]?.[0]);
  } catch (error) {
    if (deadline.started) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    deadline.stop();
  }
}
