import type { CancelRunBody } from '@rat/contracts';
import type { CancelRequest } from '@rat/store';
import { parseRequestedBy, type SentRequest } from '../http/requested-by.ts';

/**
 * The requester of a cancel and the reason. Both come from the body, which may be missing. Throws
 * InputError.
 */
export function parseCancelRequest(req: SentRequest, body: CancelRunBody): CancelRequest {
  return { reason: body.reason ?? undefined, requestedBy: parseRequestedBy(req, body) };
}
