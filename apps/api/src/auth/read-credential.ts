import { UnauthenticatedError } from '@rat/domain';
import type { Request } from 'express';

/** The parts of a request that this room reads, whatever its path. */
export type Asked = Pick<Request, 'get' | 'host' | 'method' | 'url'>;

/** What a request carries to say who sends it. */
export type Credential = { kind: 'token' | 'session' | 'ticket'; secret: string };

/** The cookie of a session. Only over TLS can it have the prefix with which browsers keep it to this host. */
export const SESSION_COOKIES = ['__Host-rat_session', 'rat_session'] as const;

/**
 * The credential of a request: the header wins over the cookie, and the cookie over a ticket. Throws UnauthenticatedError
 * for a header that is no bearer token.
 */
export function readCredential(req: Asked, takesTicket: boolean): Credential | undefined {
  const header = req.get('authorization');
  if (header !== undefined) {
    const [, secret] = /^Bearer +(\S+)$/i.exec(header) ?? [];
    if (secret === undefined) {
      throw new UnauthenticatedError('Authorization must be Bearer and a token', true);
    }
    return { kind: 'token', secret };
  }
  const session = readSessionCookie(req.get('cookie'));
  if (session !== undefined) return { kind: 'session', secret: session };
  if (!takesTicket) return undefined;
  const ticket = new URLSearchParams(req.url.split('?', 2)[1]).get('ticket');
  return ticket === null || ticket === '' ? undefined : { kind: 'ticket', secret: ticket };
}

/** The secret of the session in a `Cookie` header. */
export function readSessionCookie(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('=', 2));
  for (const wanted of SESSION_COOKIES) {
    const value = pairs.find(([name]) => name === wanted)?.[1];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}
