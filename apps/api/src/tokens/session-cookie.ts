import type { Request, Response } from 'express';
import { SESSION_COOKIES } from '../auth/read-credential.ts';

/** No script can read the cookie, and no other site sends it. */
const FLAGS = 'Path=/; HttpOnly; SameSite=Strict';

const [SECURE_NAME, NAME] = SESSION_COOKIES;

/** The parts of a request that this file reads, for every path. */
type Asked = Pick<Request, 'secure' | 'get'>;

export function setSessionCookie(
  res: Response,
  { secret, seconds, isSecure }: { secret: string; seconds: number; isSecure: boolean },
): void {
  const cookie = `${isSecure ? SECURE_NAME : NAME}=${secret}; ${FLAGS}; Max-Age=${seconds}`;
  res.append('Set-Cookie', isSecure ? `${cookie}; Secure` : cookie);
}

/** Takes the cookie away, under either name. */
export function clearSessionCookie(req: Asked, res: Response): void {
  res.append('Set-Cookie', `${NAME}=; ${FLAGS}; Max-Age=0`);
  // A browser refuses a cookie of this name without TLS.
  if (isOverTls(req)) res.append('Set-Cookie', `${SECURE_NAME}=; ${FLAGS}; Max-Age=0; Secure`);
}

/** `Origin` of the page shows TLS where a proxy that ends TLS is not named in RAT_TRUST_PROXY. */
export function isOverTls(req: Asked): boolean {
  return req.secure || (req.get('origin') ?? '').startsWith('https://');
}
