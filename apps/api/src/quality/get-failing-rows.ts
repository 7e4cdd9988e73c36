import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { clientGone } from '../http/client-gone.ts';
import { call } from '../runner-client/call.ts';
import { parseRunId } from '../runs/parse-run-id.ts';
import type { QualityDeps } from './quality-deps.ts';

/** GET /api/v1/runs/{id}/quality/{test}/rows: a page of the rows that a test found in a run. */
export function getFailingRowsRoute(deps: QualityDeps): HandledOperation<'getFailingRows'> {
  return handleOperation('getFailingRows', async (req, res, { query }) => {
    const request = { runId: parseRunId(req.params.id), test: req.params.test, ...query };
    const client = `failing rows ${req.ip ?? ''}`;
    res.json(await call(deps, 'failing-rows', { ...request, client }, clientGone(res)));
  });
}
