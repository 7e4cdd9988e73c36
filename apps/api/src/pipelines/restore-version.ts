import { getVersion, restoreVersion } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { ContentChecker } from './content-checker.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import { parseVersion } from './parse-version.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { sendPipelineWrite } from './send-pipeline-write.ts';

/** POST …/versions/{version}/restore: 201 with the new version; 200 for the current content. */
export function restoreVersionRoute(deps: PipelineDeps): HandledOperation<'restoreVersion'> {
  const checker = new ContentChecker(deps);
  return handleOperation('restoreVersion', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const version = parseVersion(req.params.version);
    const { author, message = `Restores version ${version}` } = parseVersionNote(req, body);
    const precondition = parsePrecondition(req);
    // What was valid when it was stored may be refused today.
    const stored = await getVersion(deps.db, ref, version);
    const { warnings, guard } = await checker.checkStored(ref, stored, req.ip);
    const change = { author, message, precondition, guard };
    const written = await restoreVersion(deps.db, ref, version, change);
    sendPipelineWrite(res, written.result === 'unchanged' ? 200 : 201, { ...written, warnings });
  });
}
