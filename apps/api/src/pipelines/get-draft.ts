import { getDraft } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { ContentChecker } from './content-checker.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { sendDraft } from './send-draft.ts';

/** GET …/draft: the draft of a pipeline. */
export function getDraftRoute(deps: PipelineDeps): HandledOperation<'getDraft'> {
  const checker = new ContentChecker(deps);
  return handleOperation('getDraft', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    const draft = await getDraft(deps.db, ref);
    const asker = { client: req.ip, mayRead: draft.mayRead };
    sendDraft(res, 200, { draft, issues: await checker.findIssues(ref, draft, asker) });
  });
}
