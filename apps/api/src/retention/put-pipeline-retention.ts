import { PIPELINE_RETENTION_KEYS } from '@rat/domain';
import { getPipelineRetention, putPipelineRetention, retentionTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { parseRetention } from './parse-retention.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** PUT …/retention of a pipeline: replaces what people chose for it. */
export function putPipelineRetentionRoute({
  db,
}: RetentionDeps): HandledOperation<'putPipelineRetention'> {
  return handleOperation('putPipelineRetention', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const { system } = await getPipelineRetention(db, ref);
    const overrides = parseRetention(body, system, PIPELINE_RETENTION_KEYS);
    await putPipelineRetention(db, ref, overrides, parsePrecondition(req));
    setTag(res, retentionTag(overrides));
    res.status(204).end();
  });
}
