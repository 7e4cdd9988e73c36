import { listLandingFilesQuery } from '@rat/contracts';
import type { AppDeps } from '../app-deps.ts';
import { operation, type Operation } from '../http/operation.ts';
import { askRunner } from '../runner-client/ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseZone, type ZoneParams } from './parse-landing-params.ts';

/** GET /api/v1/landing-zones/{namespace}/{zone}/files: what waits there, or what was read and moved away. */
export function listLandingFilesRoute(deps: Pick<AppDeps, 'db' | 'log'>): Operation<ZoneParams> {
  return operation({
    query: listLandingFilesQuery,
    handle: async (req, res, { query }) => {
      const question = { ...(await parseZone(deps, req.params)), ...query };
      res.json(await askRunner(deps, 'list-landing-files', question, clientGone(res)));
    },
  });
}
