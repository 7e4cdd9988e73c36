import { getNamespace } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { parseNamespaceName } from './parse-namespace.ts';
import { presentInFull } from './present-namespace.ts';

/** GET /api/v1/namespaces/{namespace}: one namespace. */
export function getNamespaceRoute(deps: NamespaceDeps): HandledOperation<'getNamespace'> {
  return handleOperation('getNamespace', async (req, res) => {
    const found = await getNamespace(deps.db, parseNamespaceName(req.params));
    res.json(await presentInFull(deps, found));
  });
}
