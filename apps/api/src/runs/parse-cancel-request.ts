import type { CancelRunBody } from '@rat/contracts';
import type { CancelRequest } from '@rat/store';
import type { Request } from 'express';
import { parseRequester } from '../http/parse-requester.ts';

/**
 * The requester of a cancel and the reason. Both come from the body, which may be missing. Throws
 * InputError.
 */
export function parseCancelRequest(req: Pick<Request, 'get'>, body: CancelRunBody): CancelRequest {
  return {
    reason: body.reason ?? undefined,
    requestedBy: parseRequester(req, body.requested_by),
  };
}
