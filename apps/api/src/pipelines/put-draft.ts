import { putDraft } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { ContentChecker } from './content-checker.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { readConfigText } from './read-config-text.ts';
import { sendDraft } from './send-draft.ts';

/** PUT …/draft: stores content with its mistakes; 201 for a new draft. */
export function putDraftRoute(deps: PipelineDeps): HandledOperation<'putDraft'> {
  const checker = new ContentChecker(deps);
  return handleOperation('putDraft', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const { sql, config = {}, quality_tests: qualityTests = [] } = body;
    const settings =
      typeof config === 'string' ? await readConfigText(deps, ref, config) : { config };
    const content = { sql, qualityTests, ...settings };
    const change = {
      ...parseVersionNote(req, body),
      baseVersion: body.base_version ?? undefined,
      precondition: parsePrecondition(req),
    };
    // Before the draft is stored: a refusal, when too many pipelines are validated, stores nothing.
    const asker = { client: req.ip, mayRead: change.mayRead };
    const issues = await checker.findIssues(ref, content, asker);
    const { isNew, draft } = await putDraft(deps.db, ref, content, change);
    sendDraft(res, isNew ? 201 : 200, { draft, issues });
  });
}
