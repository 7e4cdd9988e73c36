import type { StreamTicketAnswer } from '@rat/contracts';
import { createStandIn } from '@rat/store';
import { findGrant } from '../auth/authorize.ts';
import { createSecret, hashSecret } from '../auth/token-secret.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { TokenDeps } from './token-deps.ts';

/** How long a ticket may wait for its stream. */
const TICKET_SECONDS = 30;

/** POST /api/v1/stream-tickets: a ticket that opens one event stream with the rights of the caller. */
export function createStreamTicketRoute({
  db,
  signIn,
}: TokenDeps): HandledOperation<'createStreamTicket'> {
  return handleOperation('createStreamTicket', async (req, res) => {
    const grant = await findGrant(signIn, req);
    const ticket = createSecret('ticket');
    // While sign-in is off every stream opens, with a ticket or without one.
    const { expiresAt } =
      grant === undefined
        ? { expiresAt: new Date(Date.now() + TICKET_SECONDS * 1_000) }
        : await createStandIn(db, {
            kind: 'ticket',
            hash: hashSecret(ticket),
            source: grant.source,
            seconds: TICKET_SECONDS,
            session: grant.session,
          });
    const answer: StreamTicketAnswer = { ticket, expires_at: expiresAt.toISOString() };
    res.status(201).json(answer);
  });
}
