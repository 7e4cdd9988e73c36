import { InputError } from '@rat/domain';
import { createToken } from '@rat/store';
import { createSecret, hashSecret } from '../auth/token-secret.ts';
import { findCaller } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { presentToken } from './present-token.ts';
import type { TokenDeps } from './token-deps.ts';

/** POST /api/v1/tokens: 201 with the token, which is shown this once. The first one turns sign-in on. */
export function createTokenRoute({ db, signIn }: TokenDeps): HandledOperation<'createToken'> {
  return handleOperation('createToken', async (req, res, { body }) => {
    const namespaces = body.namespaces ?? undefined;
    const expiresAt = body.expires_at ?? undefined;
    if (expiresAt !== undefined && expiresAt.getTime() <= Date.now()) {
      const message = 'must be a time to come';
      throw new InputError(`expires_at: ${message}`, [{ path: 'expires_at', message }]);
    }
    const token = createSecret('token');
    const { name, role } = body;
    const createdBy = findCaller(req)?.principal?.name;
    const made = await createToken(
      db,
      { name, role, namespaces, hash: hashSecret(token), expiresAt, createdBy },
      signIn,
    );
    signIn.turnOn();
    res
      .status(201)
      .location(`/api/v1/tokens/${made.id}`)
      .json({ ...presentToken(made), token });
  });
}
