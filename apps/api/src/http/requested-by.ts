import { requestedBy } from '@rat/contracts';
import { InputError } from '@rat/domain';
import type { Request } from 'express';
import { decodeHeader } from './utf8.ts';

/**
 * The author of a request, as the client states it. `X-Requested-By` takes precedence over the field
 * of the body: a proxy that authenticates its users sets it. Throws InputError.
 */
export function parseRequestedBy(
  req: Pick<Request, 'get'>,
  body: { requested_by?: string | null | undefined } = {},
): string | undefined {
  const header = decodeHeader(req.get('X-Requested-By'), 'X-Requested-By');
  if (header !== undefined && !requestedBy.safeParse(header).success) {
    throw new InputError('X-Requested-By must be 1 to 200 printable characters');
  }
  return header ?? body.requested_by ?? undefined;
}
