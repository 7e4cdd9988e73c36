import type { Access } from '@rat/contracts';
import { ForbiddenError, includesRole, type Role } from '@rat/domain';
import type { RequestHandler } from 'express';
import { setCaller } from '../http/caller.ts';
import { HttpError } from '../http/http-error.ts';
import type { Grant } from './grant.ts';
import { readCredential, type Asked } from './read-credential.ts';
import type { SignIn } from './sign-in.ts';

/** Methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets a request through when its principal may do what `access` asks for, and sets its caller. Throws
 * UnauthenticatedError and ForbiddenError. While sign-in is off, everybody may do everything.
 *
 * This is the one place that decides about rights: `mountOperations` puts it before every operation, by the operation's own
 * declaration.
 */
export function authorize(
  signIn: SignIn,
  access: Access,
  options: { takesTicket?: boolean } = {},
): RequestHandler {
  return async (req, _res, next) => {
    if (access !== 'anyone') {
      const grant = await findGrant(signIn, req, options.takesTicket === true);
      if (grant !== undefined) assertRole(grant, access.role);
      setCaller(req, {
        principal: grant?.principal,
        onRightEnded: (listener) => signIn.onEnded(grant, listener),
      });
    }
    next();
  };
}

/** The grant of a request; undefined while sign-in is off. Throws UnauthenticatedError. */
export async function findGrant(
  signIn: SignIn,
  req: Asked,
  takesTicket = false,
): Promise<Grant | undefined> {
  if (!(await signIn.isOn())) return undefined;
  const credential = readCredential(req, takesTicket);
  const grant = await signIn.identify(credential);
  if (credential?.kind === 'session') assertOwnPage(req);
  return grant;
}

function assertRole({ principal }: Grant, needed: Role): void {
  if (includesRole(principal.role, needed)) return;
  const { name, role } = principal;
  throw new ForbiddenError(`this needs the role ${needed}; ${name} has the role ${role}`);
}

/**
 * A browser adds the cookie by itself, and says which page sends a request that changes something: `refuseCrossSite` has
 * looked at that. A request with the cookie that says nothing comes from no page that was signed in.
 */
function assertOwnPage(req: Asked): void {
  if (SAFE.has(req.method)) return;
  if (req.get('sec-fetch-site') !== undefined || req.get('origin') !== undefined) return;
  const message =
    'a session is for browsers, which send Origin; send a token as Authorization: Bearer';
  throw new HttpError(403, 'FORBIDDEN', message);
}
