import type { IncomingMessage } from 'node:http';
import { requestedBy } from '@rat/contracts';
import { InputError } from '@rat/domain';
import type { Request } from 'express';
import { findCaller } from './caller.ts';
import { originOf, type RequestOrigin } from './request-origin.ts';
import { decodeHeader } from './utf8.ts';

/** The parts of a request that identify its sender. */
export type SentRequest = IncomingMessage & Pick<Request, 'get'>;

/** The authors that handlers have parsed, for those who read them later. */
const parsed = new WeakMap<object, string>();

/**
 * The author of a request: its principal while sign-in is on, also when the client states another one. While it is off, as the client
 * states it: `X-Requested-By` takes precedence over the field of the body, since a proxy that authenticates its users sets
 * it. Throws InputError.
 */
export function parseRequestedBy(
  req: SentRequest,
  body: { requested_by?: string | null | undefined } = {},
): string | undefined {
  const principal = findCaller(req)?.principal;
  if (principal !== undefined) return principal.name;
  const header = decodeHeader(req.get('X-Requested-By'), 'X-Requested-By');
  if (header !== undefined && !requestedBy.safeParse(header).success) {
    throw new InputError('X-Requested-By must be 1 to 200 printable characters');
  }
  const author = header ?? body.requested_by ?? undefined;
  if (author !== undefined) parsed.set(req, author);
  return author;
}

/** What a run keeps of the request that makes it. Throws InputError. */
export function makerOf(
  req: SentRequest,
  body: { requested_by?: string | null | undefined } = {},
): { origin: RequestOrigin | undefined; requestedBy: string | undefined } {
  return { origin: originOf(req), requestedBy: parseRequestedBy(req, body) };
}

/**
 * The author of a request whose handler has run: also one that only its body states. A request that
 * was refused before may have a malformed header; it has no author.
 */
export function authorOf(req: SentRequest): string | undefined {
  const known = parsed.get(req);
  if (known !== undefined) return known;
  try {
    return parseRequestedBy(req);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
