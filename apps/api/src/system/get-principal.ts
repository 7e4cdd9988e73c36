import type { PrincipalAnswer } from '@rat/contracts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { findCaller } from '../http/caller.ts';
import { parseRequestedBy } from '../http/requested-by.ts';

/** Who works without sign-in: everyone who reaches the API may do everything. */
const LOCAL = 'local';

/** GET /api/v1/me: the principal; without sign-in the author that the request states, or the local one. */
export function getPrincipalRoute(): HandledOperation<'getPrincipal'> {
  return handleOperation('getPrincipal', (req, res) => {
    const who = parseRequestedBy(req) ?? LOCAL;
    const answer: PrincipalAnswer = {
      user_id: who,
      email: '',
      display_name: who,
      roles: [findCaller(req)?.principal?.role ?? 'admin'],
    };
    res.json(answer);
  });
}
