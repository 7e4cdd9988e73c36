import { changeTokenEnd, tokenTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { parseTokenId } from './parse-token-id.ts';
import { presentToken } from './present-token.ts';
import type { TokenDeps } from './token-deps.ts';

/** PUT /api/v1/tokens/{id}: changes when the token ends. */
export function putTokenRoute({ db, signIn }: TokenDeps): HandledOperation<'putToken'> {
  return handleOperation('putToken', async (req, res, { body }) => {
    const id = parseTokenId(req.params.id);
    const end = body.expires_at ?? undefined;
    const token = await changeTokenEnd(db, id, end, signIn, parsePrecondition(req));
    setTag(res, tokenTag(token));
    res.json(presentToken(token));
  });
}
