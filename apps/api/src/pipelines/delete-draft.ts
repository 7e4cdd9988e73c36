import { deleteDraft } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import type { PipelineDeps } from './pipeline-deps.ts';

/** DELETE …/draft: drops the draft of a pipeline. */
export function deleteDraftRoute(deps: PipelineDeps): HandledOperation<'deleteDraft'> {
  return handleOperation('deleteDraft', async (req, res) => {
    await deleteDraft(deps.db, parsePipelineParams(req.params), parsePrecondition(req));
    res.status(204).end();
  });
}
