import { UnauthenticatedError } from '@rat/domain';
import { endSession } from '@rat/store';
import { callerOf } from '../auth/authorize.ts';
import type { Grant } from '../auth/grant.ts';
import { readSessionCookie } from '../auth/read-credential.ts';
import { hashSecret } from '../auth/token-secret.ts';
import { setCaller } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { clearSessionCookie } from './session-cookie.ts';
import type { TokenDeps } from './token-deps.ts';

/** DELETE /api/v1/session: signs a browser out. Without a session there is none afterwards either. */
export function deleteSessionRoute(deps: TokenDeps): HandledOperation<'deleteSession'> {
  return handleOperation('deleteSession', async (req, res) => {
    const secret = readSessionCookie(req.get('cookie'));
    const grant = secret === undefined ? undefined : await findSessionGrant(deps, secret);
    if (grant !== undefined) {
      setCaller(req, callerOf(deps, grant));
      await endSession(deps.db, hashSecret(secret ?? ''));
    }
    clearSessionCookie(req, res);
    res.status(204).end();
  });
}

async function findSessionGrant({ signIn }: TokenDeps, secret: string): Promise<Grant | undefined> {
  try {
    return await signIn.identify({ kind: 'session', secret });
  } catch (error) {
    if (error instanceof UnauthenticatedError) return undefined;
    throw error;
  }
}
