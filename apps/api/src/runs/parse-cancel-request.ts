import { requestedBy, type CancelRunBody } from '@rat/contracts';
import { InputError } from '@rat/domain';
import type { CancelRequest } from '@rat/store';
import type { Request } from 'express';
import { decodeHeader } from '../http/utf8.ts';

/**
 * The requester of a cancel and the reason. Both come from the body, which may be missing.
 * `X-Requested-By` takes precedence: a proxy that authenticates its users sets it. Throws
 * InputError.
 */
export function parseCancelRequest(req: Pick<Request, 'get'>, body: CancelRunBody): CancelRequest {
  const header = decodeHeader(req.get('X-Requested-By'), 'X-Requested-By');
  if (header !== undefined && !requestedBy.safeParse(header).success) {
    throw new InputError('X-Requested-By must be 1 to 200 printable characters');
  }
  return {
    reason: body.reason ?? undefined,
    requestedBy: header ?? body.requested_by ?? undefined,
  };
}
