import { updateNamespace } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { parseNamespaceName } from './parse-namespace.ts';
import { presentNamespace } from './present-namespace.ts';

/** PUT /api/v1/namespaces/{namespace}: changes the fields of the body. */
export function putNamespaceRoute(deps: NamespaceDeps): HandledOperation<'putNamespace'> {
  return handleOperation('putNamespace', async (req, res, { body }) => {
    res.json(
      presentNamespace(await updateNamespace(deps.db, parseNamespaceName(req.params), body)),
    );
  });
}
