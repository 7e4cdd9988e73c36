import { namespaceTag, updateNamespace } from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { needsAll } from '../http/confine.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { parseNamespaceName } from './parse-namespace.ts';
import { presentNamespace } from './present-namespace.ts';

/** PUT /api/v1/namespaces/{namespace}: changes the fields of the body. */
export function putNamespaceRoute(deps: NamespaceDeps): HandledOperation<'putNamespace'> {
  return handleOperation('putNamespace', async (req, res, { body }) => {
    // They share out what all namespaces have, so who has some of these does not set them.
    const isShared = body.weight !== undefined || body.quotas !== undefined;
    if (isShared && confinedTo(req) !== undefined) throw needsAll();
    const name = parseNamespaceName(req.params);
    const changed = await updateNamespace(deps.db, name, body, parsePrecondition(req));
    setTag(res, namespaceTag(changed));
    res.json(presentNamespace(changed));
  });
}
