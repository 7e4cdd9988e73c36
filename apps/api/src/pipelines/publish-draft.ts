import {
  holdsPrecondition,
  intersectNamespaces,
  NotFoundError,
  versionTag,
  type Precondition,
} from '@rat/domain';
import type { RatedIssue } from '@rat/contracts';
import {
  findDraft,
  findWritten,
  getPipeline,
  publishDraft,
  type PipelineRow,
  type PipelineWriteOnce,
} from '@rat/store';
import type { Response } from 'express';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { byFile } from './by-file.ts';
import { ContentChecker } from './content-checker.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersionNote } from './parse-version-note.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { sendPublish } from './send-pipeline-write.ts';

/**
 * POST …/publish: makes the draft the newest version of its pipeline. Without a draft there is nothing
 * to do: clients of the reference platform publish after each change, also after one that is a version
 * at once, such as a new quality test.
 */
export function publishDraftRoute(deps: PipelineDeps): HandledOperation<'publishDraft'> {
  const checker = new ContentChecker(deps);
  return handleOperation('publishDraft', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const precondition = parsePrecondition(req);
    const request = { operation: 'publish draft', ...ref, ...body };
    const idempotency = idempotencyOf(req, deps, request);
    const earlier = await findWritten(deps.db, ref, idempotency);
    if (earlier !== undefined) {
      send(res, { ...earlier, warnings: [] });
      return;
    }
    const change = { ...parseVersionNote(req, body), precondition, idempotency };
    const draft = await findDraft(deps.db.pool, ref);
    if (draft === undefined) {
      const pipeline = await getPipeline(deps.db, ref);
      if (!isPublished(pipeline, precondition))
        throw new NotFoundError('the pipeline has no draft');
      sendPublish(res, 200, { result: 'unchanged', pipeline, warnings: [] });
      return;
    }
    const { content, warnings, guard } = await checker
      .checkStored(ref, draft, {
        client: req.ip,
        mayRead: intersectNamespaces(draft.mayRead, change.mayRead),
      })
      .catch((error: unknown) => {
        throw byFile(error, ref, draft);
      });
    const published = { revision: draft.revision, content };
    const written = await publishDraft(deps.db, ref, published, { ...change, guard });
    send(res, { ...written, warnings });
  });
}

function send(res: Response, written: PipelineWriteOnce & { warnings: RatedIssue[] }): void {
  if (written.isReplayed) res.set('Idempotent-Replayed', 'true');
  sendPublish(res, written.result === 'created' ? 201 : 200, written);
}

/** A client that names a draft by its tag is told that the draft is gone. */
function isPublished({ version, contentHash }: PipelineRow, expected: Precondition): boolean {
  return version > 0 && holdsPrecondition(expected, [versionTag(version, contentHash)]);
}
