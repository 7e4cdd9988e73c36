import type { RunnerRequest } from '@rat/contracts';
import { answerTables } from '../query/resolve-query-tables.ts';
import { JsonText } from './json-text.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/**
 * Runs a SELECT on the requested versions of its tables. Answers `queryAnswer` as text; the rows are never parsed here.
 * Throws as QueryRunner.run does.
 */
export async function answerQueryRequest(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'queries'>,
  request: RunnerRequest<'query'>,
  signal: AbortSignal,
): Promise<JsonText> {
  const began = performance.now();
  const { sql, namespace, limit, client = '', mayWait } = request;
  const { columns, rows, rowCount, truncated } = await deps.queries.run(
    { sql, namespace, maxRows: limit },
    (tables) => answerTables(deps, tables, request),
    { client, mayWait, signal },
  );
  const durationMs = Math.round(performance.now() - began);
  return new JsonText({
    before: `{"columns":${JSON.stringify(columns)},"rows":`,
    middle: rows,
    after: `,"row_count":${rowCount},"truncated":${truncated},"duration_ms":${durationMs}}`,
  });
}
