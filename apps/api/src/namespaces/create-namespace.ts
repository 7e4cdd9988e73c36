import { createNamespace, getNamespace } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { idempotencyOf, showMade } from '../http/idempotency.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { presentNamespace } from './present-namespace.ts';

/** POST /api/v1/namespaces: 201 with the new namespace; 409 when the name is taken. */
export function createNamespaceRoute(deps: NamespaceDeps): HandledOperation<'createNamespace'> {
  return handleOperation('createNamespace', async (req, res, { body: { name, ...fields } }) => {
    const request = { operation: 'create namespace', name, ...fields };
    const idempotency = idempotencyOf(req, deps, request);
    const { isReplayed } = await createNamespace(deps.db, name, fields, idempotency);
    const made = await showMade(res, isReplayed, getNamespace(deps.db, name));
    res.status(201).location(`/api/v1/namespaces/${name}`).json(presentNamespace(made));
  });
}
