import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { SystemDeps } from './system-deps.ts';

/** GET /: links to the main routes, for a person who opens the address in a browser. */
export function getIndexRoute(deps: SystemDeps): HandledOperation<'getIndex'> {
  const answer = {
    service: 'rat runs',
    version: deps.version,
    links: {
      runs: '/api/v1/runs',
      pipelines: '/api/v1/pipelines',
      board: '/board',
      docs: '/docs',
      live: '/health/live',
      ready: '/health/ready',
    },
  };
  return handleOperation('getIndex', (_req, res) => {
    res.json(answer);
  });
}
