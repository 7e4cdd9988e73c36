import { DEFAULT_NAMESPACE } from '@rat/domain';
import { deleteNamespace, type ZoneFolder } from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import type { NamespaceDeps } from './namespace-deps.ts';
import { parseNamespace } from './parse-namespace.ts';

/** More zones than this are not named, and one is enough to refuse. */
const ZONES_MAX = 10_000;

/**
 * DELETE /api/v1/namespaces/{namespace}: 204; 409 for `default` and for a namespace with content,
 * which the message names. 503 while no runner can list its landing zones.
 *
 * A file whose upload ends at the same moment may stay behind. Nothing reads it, and it is there
 * again when the namespace is.
 */
export function deleteNamespaceRoute(deps: NamespaceDeps): HandledOperation<'deleteNamespace'> {
  return handleOperation('deleteNamespace', async (req, res) => {
    const { namespace } = await parseNamespace(deps, req.params);
    let zones: readonly ZoneFolder[] = [];
    if (namespace !== DEFAULT_NAMESPACE) {
      const page = { namespace, limit: ZONES_MAX, offset: 0 };
      zones = (await call(deps, 'list-landing-zones', page, clientGone(res))).landing_zones;
    }
    await deleteNamespace(deps.db, namespace, zones);
    res.status(204).end();
  });
}
