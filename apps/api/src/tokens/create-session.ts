import { ConflictError } from '@rat/domain';
import { createStandIn } from '@rat/store';
import { callerOf } from '../auth/authorize.ts';
import { earliest } from '../auth/sign-in.ts';
import { createSecret, hashSecret } from '../auth/token-secret.ts';
import { setCaller } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { presentSession } from './present-session.ts';
import { isOverTls, setSessionCookie } from './session-cookie.ts';
import type { TokenDeps } from './token-deps.ts';

/** How long a browser stays signed in. */
export const SESSION_SECONDS = 12 * 3_600;

/** POST /api/v1/session: signs a browser in with a token. */
export function createSessionRoute({ db, signIn }: TokenDeps): HandledOperation<'createSession'> {
  return handleOperation('createSession', async (req, res, { body }) => {
    if (!(await signIn.isOn())) throw new ConflictError('sign-in is off: nobody needs a session');
    const grant = await signIn.identify({ kind: 'token', secret: body.token });
    setCaller(req, callerOf({ signIn, db }, grant));
    const secret = createSecret('session');
    const { expiresAt } = await createStandIn(db, {
      kind: 'session',
      hash: hashSecret(secret),
      source: grant.source,
      seconds: SESSION_SECONDS,
    });
    setSessionCookie(res, { secret, seconds: SESSION_SECONDS, isSecure: isOverTls(req) });
    res.json(presentSession({ ...grant, expiresAt: earliest(grant.expiresAt, expiresAt) }));
  });
}
