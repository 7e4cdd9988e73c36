import { findGrant } from '../auth/authorize.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { presentSession } from './present-session.ts';
import type { TokenDeps } from './token-deps.ts';

/** GET /api/v1/session: who the caller is. */
export function getSessionRoute({ signIn }: TokenDeps): HandledOperation<'getSession'> {
  return handleOperation('getSession', async (req, res) => {
    res.json(presentSession(await findGrant(signIn, req)));
  });
}
