import type { PipelineRetentionAnswer } from '@rat/contracts';
import { getPipelineRetention, retentionTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** GET …/retention of a pipeline. */
export function getPipelineRetentionRoute({
  db,
}: RetentionDeps): HandledOperation<'getPipelineRetention'> {
  return handleOperation('getPipelineRetention', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    const { system, overrides = null, effective } = await getPipelineRetention(db, ref);
    setTag(res, retentionTag(overrides ?? undefined));
    const answer: PipelineRetentionAnswer = { system, overrides, effective };
    res.json(answer);
  });
}
