import { ROW_MEDIA_TYPES, type RowsAs, type RunnerRequest } from '@rat/contracts';
import { answerTables } from '../query/resolve-query-tables.ts';
import { RowsAnswer } from './rows-answer.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/**
 * Runs a SELECT on the requested versions of its tables. Answers `queryAnswer` as text, or a
 * file of the requested format; the rows are never parsed here.
 * Throws as QueryRunner.run does.
 */
export async function answerQueryRequest(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'queries'>,
  request: RunnerRequest<'query'>,
  { rowsAs, signal }: { rowsAs: RowsAs; signal: AbortSignal },
): Promise<RowsAnswer> {
  const began = performance.now();
  const { sql, namespace, limit, client = '', mayWait, format = 'json' } = request;
  const { columns, rows, rowCount, truncated } = await deps.queries.run(
    { sql, namespace, maxRows: limit, format, rowsAs },
    (tables) => answerTables(deps, tables, { ...request, mayRead: request.namespaces }),
    { client, mayWait, signal },
  );
  if (format !== 'json') {
    const headers = { 'result-rows': rowCount, 'result-truncated': String(truncated) };
    return new RowsAnswer({
      before: '',
      middle: rows,
      after: '',
      type: ROW_MEDIA_TYPES[format],
      headers,
    });
  }
  const durationMs = Math.round(performance.now() - began);
  return new RowsAnswer({
    before: `{"columns":${JSON.stringify(columns)},"rows":`,
    middle: rows,
    after: `,"row_count":${rowCount},"total_rows":${rowCount},"truncated":${truncated},"duration_ms":${durationMs}}`,
  });
}
