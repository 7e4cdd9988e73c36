import { versionTag } from '@rat/domain';
import { getVersion } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { parseVersion } from './parse-version.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { presentVersionDetail } from './present-version.ts';

/** GET …/versions/{version}: a version of a pipeline with its files. */
export function getVersionRoute(deps: PipelineDeps): HandledOperation<'getVersion'> {
  return handleOperation('getVersion', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    const row = await getVersion(deps.db, ref, parseVersion(req.params.version));
    setTag(res, versionTag(row.version, row.contentHash));
    res.json(presentVersionDetail(ref, row));
  });
}
