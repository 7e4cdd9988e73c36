import type { NamespaceList } from '@rat/contracts';
import { listNamespaces } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { presentNamespace } from './present-namespace.ts';
import { namesNothing } from '../http/names-nothing.ts';

/** GET /api/v1/namespaces: a page of namespaces, sorted by name. */
export function listNamespacesRoute(deps: NamespaceDeps): HandledOperation<'listNamespaces'> {
  return handleOperation('listNamespaces', async (_req, res, { query }) => {
    const matchesNone = namesNothing(query.namespace);
    const page = matchesNone ? { namespaces: [], total: 0 } : await listNamespaces(deps.db, query);
    const answer: NamespaceList = {
      namespaces: page.namespaces.map(presentNamespace),
      total: page.total,
    };
    res.json(answer);
  });
}
