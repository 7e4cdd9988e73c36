import { listLandingFilesQuery } from '@rat/contracts';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { askRunner } from '../ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';
import { parseZone, type ZoneParams } from '../parse-landing-params.ts';

/** GET /api/v1/landing-zones/{namespace}/{zone}/files: what waits there, or what was read and moved away. */
export function listLandingFilesRoute(
  deps: Pick<AppDeps, 'db' | 'log'>,
): RequestHandler<ZoneParams> {
  return async (req, res) => {
    const query = parseInput(listLandingFilesQuery, req.query);
    const question = { ...(await parseZone(deps, req.params)), ...query };
    res.json(await askRunner(deps, 'list-landing-files', question, clientGone(res)));
  };
}
