import type { OperationId } from '@rat/contracts';
import type { RequestHandler } from 'express';
import { HttpError } from '../http/http-error.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

type PluginList = Extract<
  OperationId,
  'listPlugins' | 'listRunnerPlugins' | 'listPluginSources' | 'listPluginPolicies'
>;

/** A list of plugins: empty. */
export function pluginListRoute<Id extends PluginList>(id: Id): HandledOperation<Id> {
  return handleOperation(id, (_req, res) => {
    res.json([]);
  });
}

/** Paths below `/api/v1` that only plugins serve on other platforms, with what is missing. */
const REFUSED: Readonly<Record<string, string>> = {
  plugins: 'plugins',
  'plugin-sources': 'plugins',
  'plugin-policies': 'plugins',
  'runner/plugins': 'plugins',
  x: 'plugins',
  permissions: 'permissions of single resources',
  sharing: 'sharing of single resources',
  identity: 'an identity provider of its own',
  cloud: 'credentials of a cloud',
};

/** The lists of plugins are operations here, which can be read. */
const LISTS = /^(plugins|plugin-sources|plugin-policies|runner\/plugins)\/?$/;

/** An operation in full: the graph that a plugin draws elsewhere. */
const GRAPH = /^x\/lineage\/graph\/?$/;

/** What clients send to change plugins. Every other method is answered as it is for all operations. */
const CHANGES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Refuses with 501 what clients of other platforms ask of plugins, so that they learn that it is
 * absent here and not that they have misspelt it. A stranger is refused by `guard` first.
 */
export function refusePlugins(guard: RequestHandler): RequestHandler {
  return async (req, res, next) => {
    const path = /^\/api\/v1\/(.+)$/.exec(req.path)?.[1] ?? '';
    const prefix = Object.keys(REFUSED).find((one) => path === one || path.startsWith(`${one}/`));
    const isOperation = GRAPH.test(path) || (LISTS.test(path) && !CHANGES.has(req.method));
    if (prefix === undefined || isOperation) {
      next();
      return;
    }
    const message = `not implemented: this platform has no ${REFUSED[prefix] ?? ''}`;
    await guard(req, res, (error) => {
      next(error ?? new HttpError(501, 'NOT_IMPLEMENTED', message));
    });
  };
}
