import { getDraft, publishDraft } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { ContentChecker } from './content-checker.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { sendPipelineWrite } from './send-pipeline-write.ts';

/** POST …/publish: makes the draft the newest version of its pipeline. */
export function publishDraftRoute(deps: PipelineDeps): HandledOperation<'publishDraft'> {
  const checker = new ContentChecker(deps);
  return handleOperation('publishDraft', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const change = { ...parseVersionNote(req, body), precondition: parsePrecondition(req) };
    const draft = await getDraft(deps.db, ref);
    const { content, warnings, guard } = await checker.checkStored(ref, draft, req.ip);
    const published = { revision: draft.revision, content };
    const written = await publishDraft(deps.db, ref, published, { ...change, guard });
    sendPipelineWrite(res, written.result === 'created' ? 201 : 200, { ...written, warnings });
  });
}
