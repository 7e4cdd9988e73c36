import type { DoorQuestion, QueryAnswer } from '@rat/contracts';
import { answerTables } from '../query/resolve-query-tables.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** Runs an analyst's SELECT on the versions that it asks for. Throws as QueryRunner.run does. */
export async function answerQueryQuestion(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'queries'>,
  question: DoorQuestion<'query'>,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const began = performance.now();
  const { sql, namespace, limit, client = '', mayWait } = question;
  const answer = await deps.queries.run(
    { sql, namespace, maxRows: limit },
    (tables) => answerTables(deps, tables, question),
    { client, mayWait, signal },
  );
  return {
    ...answer,
    row_count: answer.rows.length,
    duration_ms: Math.round(performance.now() - began),
  };
}
