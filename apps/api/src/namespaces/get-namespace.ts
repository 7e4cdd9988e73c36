import { getNamespace, namespaceTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { parseNamespaceName } from './parse-namespace.ts';
import { presentInFull } from './present-namespace.ts';

/** GET /api/v1/namespaces/{namespace}: one namespace. */
export function getNamespaceRoute(deps: NamespaceDeps): HandledOperation<'getNamespace'> {
  return handleOperation('getNamespace', async (req, res) => {
    const found = await getNamespace(deps.db, parseNamespaceName(req.params));
    setTag(res, namespaceTag(found));
    res.json(await presentInFull(deps, found));
  });
}
