import { requestedBy } from '@rat/contracts';
import { InputError } from '@rat/domain';
import type { Request } from 'express';
import { decodeHeader } from './utf8.ts';

/**
 * The user that a request is from, as the client states it; undefined when it does not.
 * `X-Requested-By` takes precedence over the body: a proxy that authenticates its users sets it.
 * Throws InputError for a header that is no name.
 */
export function parseRequester(
  req: Pick<Request, 'get'>,
  fromBody?: string | null,
): string | undefined {
  const header = decodeHeader(req.get('X-Requested-By'), 'X-Requested-By');
  if (header !== undefined && !requestedBy.safeParse(header).success) {
    throw new InputError('X-Requested-By must be 1 to 200 printable characters');
  }
  return header ?? fromBody ?? undefined;
}
