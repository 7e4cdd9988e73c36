import { putPipeline } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { defineContent, parsePipelineBody } from './define-content.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { sendPipelineWrite } from './send-pipeline-write.ts';

/**
 * PUT /api/v1/pipelines/{namespace}/{layer}/{name}: 201 for a new pipeline; 200 for a new version
 * or unchanged content. Invalid content is refused with all its mistakes, and nothing is stored.
 */
export function putPipelineRoute(deps: PipelineDeps): HandledOperation<'putPipeline'> {
  return handleOperation('putPipeline', async (req, res, given) => {
    const ref = parsePipelineParams(req.params);
    const body = parsePipelineBody(given.body);
    const change = { ...parseVersionNote(req, body), precondition: parsePrecondition(req) };
    const content = await defineContent(deps, ref, body);
    const written = await putPipeline(deps.db, ref, content, change);
    sendPipelineWrite(res, written.result === 'created' ? 201 : 200, written);
  });
}
