import { putPipelineFacts } from '@rat/contracts';
import { putPipeline } from '@rat/store';
import { syncAutomation } from '../automation/sync-automation.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseInput } from '../http/parse-input.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { ContentChecker } from './content-checker.ts';
import { parsePipelineBody } from './parse-pipeline-body.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { isAboutFacts, putFacts } from './put-pipeline-facts.ts';
import { sendPipelineWrite } from './send-pipeline-write.ts';

/**
 * PUT /api/v1/pipelines/{namespace}/{layer}/{name}: 201 for a new pipeline; 200 for a new version
 * or unchanged content. Content that can never run is refused with all its mistakes, and nothing is
 * stored. What depends on tables, such as a ref to one that does not exist yet, is a warning. A body
 * without files changes only the description and the owner.
 */
export function putPipelineRoute(deps: PipelineDeps): HandledOperation<'putPipeline'> {
  const checker = new ContentChecker(deps);
  return handleOperation('putPipeline', async (req, res, given) => {
    const ref = parsePipelineParams(req.params);
    const precondition = parsePrecondition(req);
    if (isAboutFacts(given.body)) {
      const facts = parseInput(putPipelineFacts, given.body);
      const { author, message = 'Changes the description' } = parseVersionNote(req, facts);
      const written = await putFacts(deps, ref, facts, { author, message, precondition });
      sendPipelineWrite(res, 200, { ...written, warnings: [] });
      return;
    }
    const body = parsePipelineBody(given.body);
    const change = { ...parseVersionNote(req, body), precondition };
    const { content, warnings, guard, automation } = await checker.check(ref, body, {
      client: req.ip,
      mayRead: change.mayRead,
    });
    const written = await putPipeline(deps.db, ref, content, { ...change, guard });
    if (automation !== undefined) {
      const synced = await syncAutomation(deps, written.pipeline, automation, change.author);
      written.pipeline = synced.pipeline;
      warnings.push(...synced.warnings);
    }
    sendPipelineWrite(res, written.result === 'created' ? 201 : 200, { ...written, warnings });
  });
}
