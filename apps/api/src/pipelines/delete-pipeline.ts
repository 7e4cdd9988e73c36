import type { DeletePipelineAnswer } from '@rat/contracts';
import { deletePipeline, deletePipelineWithTable } from '@rat/store';
import { dropKeepTime } from './drop-keep-time.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { answerDrop } from './answer-drop.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';

/**
 * DELETE /api/v1/pipelines/{namespace}/{layer}/{name}: hides the pipeline; its runs remain. Its
 * table remains too, or is dropped in the same transaction.
 */
export function deletePipelineRoute(deps: PipelineDeps): HandledOperation<'deletePipeline'> {
  return handleOperation('deletePipeline', async (req, res, { query }) => {
    const pipeline = parsePipelineParams(req.params);
    const precondition = parsePrecondition(req);
    if (query.table === 'keep') {
      await deletePipeline(deps.db, pipeline, precondition);
      res.status(204).end();
      return;
    }
    const { force, reason } = query;
    const request = {
      force,
      reason,
      requestedBy: parseRequestedBy(req),
      mayRead: confinedTo(req),
      keepMs: await dropKeepTime(deps),
    };
    const drop = await deletePipelineWithTable(deps.db, pipeline, request, precondition);
    const answer: DeletePipelineAnswer = {
      table: drop === undefined ? null : await answerDrop(deps, drop),
    };
    res.json(answer);
  });
}
