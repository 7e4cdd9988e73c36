import type { RunQuality } from '@rat/contracts';
import { getRun, listQualityResults } from '@rat/store';
import type { QualityDeps } from './quality-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRunId } from '../runs/parse-run-id.ts';
import { presentQualityResult } from './present-quality.ts';

/**
 * GET /api/v1/runs/{id}/quality: the results of the run's tests; empty before the run has ended.
 */
export function getRunQualityRoute(deps: QualityDeps): HandledOperation<'getRunQuality'> {
  return handleOperation('getRunQuality', async (req, res) => {
    const { id } = await getRun(deps.db, parseRunId(req.params.id));
    const results = await listQualityResults(deps.db, id);
    const summary = { passed: 0, failed: 0, warned: 0, error: 0 };
    for (const { status } of results) summary[status] += 1;
    const answer: RunQuality = {
      run_id: id,
      results: results.map(presentQualityResult),
      summary,
    };
    res.json(answer);
  });
}
