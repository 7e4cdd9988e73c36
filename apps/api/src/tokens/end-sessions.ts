import type { EndedSessions } from '@rat/contracts';
import { endSessionsOf } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { TokenDeps } from './token-deps.ts';

/** DELETE /api/v1/sessions/{principal}: a principal without sessions has none afterwards either. */
export function endSessionsRoute({ db }: TokenDeps): HandledOperation<'endSessions'> {
  return handleOperation('endSessions', async (req, res) => {
    const answer: EndedSessions = { ended: await endSessionsOf(db, req.params.principal) };
    res.json(answer);
  });
}
