import { createNamespace } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { presentNamespace } from './present-namespace.ts';

/** POST /api/v1/namespaces: 201 with the new namespace; 409 when the name is taken. */
export function createNamespaceRoute(deps: NamespaceDeps): HandledOperation<'createNamespace'> {
  return handleOperation('createNamespace', async (_req, res, { body: { name, ...fields } }) => {
    const made = await createNamespace(deps.db, name, fields);
    res.status(201).location(`/api/v1/namespaces/${name}`).json(presentNamespace(made));
  });
}
