import { getNamespace } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { parseNamespaceName } from './parse-namespace.ts';
import { presentNamespace } from './present-namespace.ts';

/** GET /api/v1/namespaces/{namespace}: one namespace. */
export function getNamespaceRoute(deps: NamespaceDeps): HandledOperation<'getNamespace'> {
  return handleOperation('getNamespace', async (req, res) => {
    res.json(presentNamespace(await getNamespace(deps.db, parseNamespaceName(req.params))));
  });
}
