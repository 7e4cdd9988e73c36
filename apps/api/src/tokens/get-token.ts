import { getToken, tokenTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { parseTokenId } from './parse-token-id.ts';
import { presentToken } from './present-token.ts';
import type { TokenDeps } from './token-deps.ts';

/** GET /api/v1/tokens/{id}: one token, without its secret. */
export function getTokenRoute({ db }: TokenDeps): HandledOperation<'getToken'> {
  return handleOperation('getToken', async (req, res) => {
    const token = await getToken(db, parseTokenId(req.params.id));
    setTag(res, tokenTag(token));
    res.json(presentToken(token));
  });
}
