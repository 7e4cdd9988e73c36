import type { TokenList } from '@rat/contracts';
import { listTokens } from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { presentToken } from './present-token.ts';
import type { TokenDeps } from './token-deps.ts';

/** GET /api/v1/tokens: a page of tokens, newest first. */
export function listTokensRoute({ db }: TokenDeps): HandledOperation<'listTokens'> {
  return handleOperation('listTokens', async (req, res, { query }) => {
    const { tokens, total } = await listTokens(db, { ...query, within: confinedTo(req) });
    const answer: TokenList = { tokens: tokens.map(presentToken), total };
    res.json(answer);
  });
}
