import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { presentVersion } from './build-facts.ts';
import type { SystemDeps } from './system-deps.ts';

/**
 * GET /: links to the main routes, for a person who opens the address in a browser. A stranger does not learn the version.
 */
export function getIndexRoute(deps: SystemDeps): HandledOperation<'getIndex'> {
  const answer = {
    service: 'rat runs',
    links: {
      runs: '/api/v1/runs',
      pipelines: '/api/v1/pipelines',
      board: '/board',
      docs: '/docs',
      live: '/health/live',
      ready: '/health/ready',
      ...(deps.hasConsole ? { console: '/console/' } : {}),
      // The console offers it beside the form for a token.
      ...(deps.oidc === undefined ? {} : { sign_in: '/sign-in/oidc' }),
    },
  };
  return handleOperation('getIndex', async (req, res) => {
    const isBare = await deps.signIn.isStranger(req, () => deps.rates.countFailure(req));
    res.json(isBare ? answer : { ...answer, ...presentVersion(deps) });
  });
}
