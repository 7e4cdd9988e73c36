/**
 * Appends one line of JSON to RAT_MEASURE_FILE for each publish of the runner that preloads this:
 * `runId`, `transactionMs` from BEGIN to the reply to COMMIT, and `committedAt`, the time of that
 * reply in Unix milliseconds. The run's own record of its phase lacks this time, because the
 * transaction itself stores the record.
 */
import { appendFileSync } from 'node:fs';
import pg from 'pg';

const file = process.env['RAT_MEASURE_FILE'];
const query = Reflect.get(pg.Client.prototype, 'query') as (...args: unknown[]) => unknown;
const transactions = new WeakMap<object, { began: number; runId?: unknown }>();

function isPublish(statement: unknown): statement is { name: string; values: unknown[] } {
  return (
    typeof statement === 'object' &&
    statement !== null &&
    'name' in statement &&
    statement.name === 'publish-run'
  );
}

function timedQuery(this: object, statement: unknown, ...rest: unknown[]): unknown {
  if (statement === 'BEGIN') transactions.set(this, { began: performance.now() });
  const transaction = transactions.get(this);
  if (isPublish(statement) && transaction !== undefined) {
    transaction.runId = statement.values[0];
  }
  const answer = query.call(this, statement, ...rest);
  if (statement !== 'COMMIT' || transaction?.runId === undefined || file === undefined)
    return answer;
  return (answer as Promise<unknown>).then((result) => {
    const transactionMs = performance.now() - transaction.began;
    const line = { runId: transaction.runId, transactionMs, committedAt: Date.now() };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    return result;
  });
}

Reflect.set(pg.Client.prototype, 'query', timedQuery);
