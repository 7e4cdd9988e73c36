import { endSession } from '@rat/store';
import { readSessionCookie } from '../auth/read-credential.ts';
import { hashSecret } from '../auth/token-secret.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { clearSessionCookie } from './session-cookie.ts';
import type { TokenDeps } from './token-deps.ts';

/** DELETE /api/v1/session: signs a browser out. Whoever has no session has none afterwards either. */
export function deleteSessionRoute({ db }: TokenDeps): HandledOperation<'deleteSession'> {
  return handleOperation('deleteSession', async (req, res) => {
    const secret = readSessionCookie(req.get('cookie'));
    if (secret !== undefined) await endSession(db, hashSecret(secret));
    clearSessionCookie(req, res);
    res.status(204).end();
  });
}
