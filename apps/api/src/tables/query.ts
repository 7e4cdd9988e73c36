import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { sendAnswer } from '../runner-client/send-answer.ts';

/**
 * POST /api/v1/query: executes one SELECT over the tables, read-only, in the sandbox of pipelines.
 */
export function queryRoute(deps: TableDeps): HandledOperation<'query'> {
  return handleOperation('query', (req, res, { body }) =>
    sendAnswer(deps, 'query', { ...body, client: `query ${req.ip ?? ''}` }, res),
  );
}
