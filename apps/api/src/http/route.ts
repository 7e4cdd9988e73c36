import { NotFoundError } from '@rat/domain';
import type { RequestHandler, Router } from 'express';
import { HttpError } from './http-error.ts';
import type { Operation } from './operation.ts';

type Method = 'get' | 'post' | 'put' | 'delete';

/** Registers everything that a path answers to; every other method of it is a 405 that says which there are. */
export function route<P = Record<string, never>>(
  router: Router,
  path: string,
  methods: Partial<Record<Method, Operation<P>>>,
): void {
  const registered = router.route(path);
  for (const [method, { handler }] of Object.entries(methods)) {
    // The cast: `path` is a plain string here, so Express cannot infer its parameters, which `P` states.
    registered[method as Method](handler as RequestHandler);
  }
  const allow = allowHeader(Object.keys(methods));
  registered.all((req, res) => {
    if (req.method === 'OPTIONS') {
      res.set('Allow', allow).status(204).end();
      return;
    }
    throw new HttpError(405, 'METHOD_NOT_ALLOWED', `method ${req.method} is not allowed here`, {
      headers: { Allow: allow },
    });
  });
}

/** Answers whatever no route took. */
export const noSuchRoute: RequestHandler = () => {
  throw new NotFoundError('no such route');
};

function allowHeader(methods: string[]): string {
  const names = methods.map((method) => method.toUpperCase());
  return [...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}
