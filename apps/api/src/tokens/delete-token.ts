import { revokeToken } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseTokenId } from './parse-token-id.ts';
import type { TokenDeps } from './token-deps.ts';

/** DELETE /api/v1/tokens/{id}: takes the token back for good. */
export function deleteTokenRoute({ db, signIn }: TokenDeps): HandledOperation<'deleteToken'> {
  return handleOperation('deleteToken', async (req, res) => {
    await revokeToken(db, parseTokenId(req.params.id), signIn);
    res.status(204).end();
  });
}
