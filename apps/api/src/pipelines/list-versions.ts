import type { VersionList } from '@rat/contracts';
import { listVersions } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { presentVersion } from './present-version.ts';

/** GET …/versions: a page of the versions of a pipeline, newest first. */
export function listVersionsRoute(deps: PipelineDeps): HandledOperation<'listVersions'> {
  return handleOperation('listVersions', async (req, res, { query }) => {
    const ref = parsePipelineParams(req.params);
    const page = await listVersions(deps.db, ref, query);
    const answer: VersionList = {
      versions: page.versions.map((row) => presentVersion(ref, row)),
      total: page.total,
    };
    res.json(answer);
  });
}
