import type { RollbackAnswer, VersionNoteBody } from '@rat/contracts';
import { intersectNamespaces, versionTag } from '@rat/domain';
import { findWritten, getVersion, restoreVersion, type PipelineWriteOnce } from '@rat/store';
import type { Request } from 'express';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import type { SentRequest } from '../http/requested-by.ts';
import { ContentChecker, type CheckedContent } from './content-checker.ts';
import { parsePipelineParams, type PipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import { parseVersion } from './parse-version.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { sendPipelineWrite } from './send-pipeline-write.ts';

type Restored = PipelineWriteOnce & Pick<CheckedContent, 'warnings'>;

/** POST …/versions/{version}/restore: 201 with the new version; 200 for the current content. */
export function restoreVersionRoute(deps: PipelineDeps): HandledOperation<'restoreVersion'> {
  const restore = restorer(deps);
  return handleOperation('restoreVersion', async (req, res, { body }) => {
    const written = await restore(req, parseVersion(req.params.version), body);
    if (written.isReplayed) res.set('Idempotent-Replayed', 'true');
    sendPipelineWrite(res, written.result === 'unchanged' ? 200 : 201, written);
  });
}

/** POST …/rollback: the same, for a version that the body names; 200 in either case. */
export function rollbackPipelineRoute(deps: PipelineDeps): HandledOperation<'rollbackPipeline'> {
  const restore = restorer(deps);
  return handleOperation('rollbackPipeline', async (req, res, { body }) => {
    const { pipeline, version, isReplayed } = await restore(req, body.version, body);
    if (isReplayed) res.set('Idempotent-Replayed', 'true');
    const answer: RollbackAnswer = {
      status: 'rolled_back',
      from_version: body.version,
      new_version: version,
      message: pipeline.message ?? '',
    };
    setTag(res, versionTag(pipeline.version, pipeline.contentHash));
    res.json(answer);
  });
}

function restorer(deps: PipelineDeps) {
  const checker = new ContentChecker(deps);
  return async (
    req: SentRequest & Pick<Request<PipelineParams>, 'params' | 'ip'>,
    version: number,
    body: VersionNoteBody,
  ): Promise<Restored> => {
    const ref = parsePipelineParams(req.params);
    const note = parseVersionNote(req, body);
    const { author, mayRead, message = `Restores version ${version}` } = note;
    const precondition = parsePrecondition(req);
    const request = { operation: 'restore version', ...ref, version, ...body };
    const idempotency = idempotencyOf(req, deps, request);
    const earlier = await findWritten(deps.db, ref, idempotency);
    if (earlier !== undefined) return { ...earlier, warnings: [] };
    // What was valid when it was stored may be refused today.
    const stored = await getVersion(deps.db, ref, version);
    const { warnings, guard } = await checker.checkStored(ref, stored, {
      client: req.ip,
      mayRead: intersectNamespaces(stored.mayRead, mayRead),
    });
    const change = { author, message, mayRead, precondition, guard, idempotency };
    const written = await restoreVersion(deps.db, ref, version, change);
    return { ...written, warnings };
  };
}
