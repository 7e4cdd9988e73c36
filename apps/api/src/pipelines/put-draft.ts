import { putDraft } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { sendDraft } from './send-draft.ts';

/** PUT …/draft: stores content with its mistakes; 201 for a new draft. */
export function putDraftRoute(deps: PipelineDeps): HandledOperation<'putDraft'> {
  return handleOperation('putDraft', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const { sql, config = {}, quality_tests: qualityTests = [] } = body;
    const { isNew, draft } = await putDraft(
      deps.db,
      ref,
      { sql, config, qualityTests },
      {
        ...parseVersionNote(req, body),
        baseVersion: body.base_version ?? undefined,
        precondition: parsePrecondition(req),
      },
    );
    await sendDraft(deps, res, isNew ? 201 : 200, { ref, draft });
  });
}
