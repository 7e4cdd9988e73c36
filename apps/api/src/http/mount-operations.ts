import { OPERATIONS, type Access, type Operation, type OperationId } from '@rat/contracts';
import { NotFoundError } from '@rat/domain';
import type { RequestHandler, Router } from 'express';
import { HttpError } from './http-error.ts';
import type { HandledOperation, OperationHandlers } from './operation.ts';
import { setOperationName } from './operation-name.ts';

/** Makes the check of who may use a route. */
export type Guard = (access: Access, options?: { takesTicket?: boolean }) => RequestHandler;

/** Makes the limit of how often an operation may be used. */
export type Rate = (id: OperationId) => RequestHandler;

/** Wraps the handler of an operation. */
export type Wrap = (id: OperationId, handler: RequestHandler) => RequestHandler;

/** What needs a principal, of any role. It shows which routes there are, and no more. */
export const ANY_PRINCIPAL: Access = { role: 'viewer', namespace: 'none' };

/**
 * Registers every operation that the contract declares, each behind the guard of its own `access`: there is no way around
 * it, and then its limits of requests. `audit` records what came of it. A path answers every other method with a 405, which lists the methods that it has.
 */
export function mountOperations(
  router: Router,
  handlers: OperationHandlers,
  { guard, rate, audit }: { guard: Guard; rate: Rate; audit: Wrap },
): void {
  for (const [path, ids] of byPath()) {
    const registered = router.route(toExpressPath(path, isDeep(ids)));
    if (isDeep(ids)) registered.all(joinPath);
    for (const id of ids) {
      const { method, access, stream }: Operation = OPERATIONS[id];
      const isAllowed = guard(access, { takesTicket: stream === true });
      registered[method](audit(id, guarded([isAllowed, rate(id)], handlers[id])));
    }
    const isOpen = ids.some((id) => OPERATIONS[id].access === 'anyone');
    const methods = ids.map((id) => OPERATIONS[id].method);
    registered.all(guard(isOpen ? 'anyone' : ANY_PRINCIPAL), refuseMethod(methods));
  }
}

/** The handler behind its guards, which throw to refuse. Together, so that the audit log sees refusals too. */
function guarded(
  guards: readonly RequestHandler[],
  { id, handler }: HandledOperation<OperationId>,
): RequestHandler {
  return async (req, res, next) => {
    // Before the guards: a refused request counts for its operation too.
    setOperationName(req, id);
    for (const guard of guards) await guard(req, res, () => undefined);
    await handler(req, res, next);
  };
}

/** Refuses a request that matches no operation with 404. */
export const noSuchRoute: RequestHandler = () => {
  throw new NotFoundError('no such route');
};

/**
 * Sorts a fixed segment before a parameter at the same place: `{` follows every letter in ASCII.
 */
function byPath(): [string, OperationId[]][] {
  const paths = new Map<string, OperationId[]>();
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    const { path } = OPERATIONS[id];
    paths.set(path, [...(paths.get(path) ?? []), id]);
  }
  return [...paths].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function isDeep(ids: readonly OperationId[]): boolean {
  return ids.some((id) => (OPERATIONS[id] as Operation).deep === true);
}

/** `/files/{path}` → `/files/:path`, or, for a path that is deep, `/files/*path`. */
function toExpressPath(path: string, deep: boolean): string {
  const last = deep ? path.replace(/\{(\w+)\}$/, '*$1') : path;
  return last.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Express decodes the segments of a deep path one by one and passes on a list. */
const joinPath: RequestHandler = (req, _res, next) => {
  for (const [name, value] of Object.entries(req.params)) {
    if (Array.isArray(value)) req.params[name] = value.join('/');
  }
  next();
};

function refuseMethod(methods: readonly string[]): RequestHandler {
  const names = methods.map((method) => method.toUpperCase());
  const allow = [...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (req, res) => {
    if (req.method === 'OPTIONS') {
      res.set('Allow', allow).status(204).end();
      return;
    }
    throw new HttpError(405, 'METHOD_NOT_ALLOWED', `method ${req.method} is not allowed here`, {
      headers: { Allow: allow },
    });
  };
}
