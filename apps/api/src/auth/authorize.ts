import type { Access } from '@rat/contracts';
import { ForbiddenError, includesRole } from '@rat/domain';
import {
  findGroupNamespaces,
  findPlanNamespaces,
  findRunNamespaces,
  findScheduleNamespaces,
  findTokenNamespaces,
  findTriggerNamespaces,
  type Database,
} from '@rat/store';
import type { RequestHandler } from 'express';
import { setCaller, type Caller, type CredentialIds } from '../http/caller.ts';
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
 * This is the one place that decides about roles: `mountOperations` puts it before every operation, by the operation's own
 * declaration. `confine` then holds the parsed request to the namespaces of the principal.
 */
export function authorize(
  { signIn, db }: { signIn: SignIn; db: Database },
  access: Access,
  options: { takesTicket?: boolean } = {},
): RequestHandler {
  return async (req, _res, next) => {
    if (access !== 'anyone') {
      const grant = await findGrant(signIn, req, options.takesTicket === true);
      // Before the refusals below, so that logs and the audit name the refused caller.
      setCaller(req, callerOf({ signIn, db }, grant));
      if (grant?.isByCookie === true) assertOwnPage(req);
      if (grant !== undefined) assertMay(grant, access);
    }
    next();
  };
}

/** Who a grant makes the sender of a request; undefined: sign-in is off. */
export function callerOf(
  { signIn, db }: { signIn: SignIn; db: Database },
  grant: Grant | undefined,
): Caller {
  return {
    principal: grant?.principal,
    credential: grant && idsOf(grant),
    onRightEnded: (listener) => signIn.onEnded(grant, listener),
    assertHolds: () => signIn.assertHolds(grant),
    places: {
      ofRuns: (ids) => findRunNamespaces(db, ids),
      ofSchedule: (id) => findScheduleNamespaces(db, id),
      ofTrigger: (id) => findTriggerNamespaces(db, id),
      ofGroup: (id) => findGroupNamespaces(db, id),
      ofPlan: (token) => findPlanNamespaces(db, token),
      ofToken: (id) => findTokenNamespaces(db, id),
    },
  };
}

/** Digits of a session's hash that identify it, and that sign no one in. */
const SESSION_ID_LENGTH = 16;

function idsOf({ source, session }: Grant): CredentialIds {
  return {
    tokenId: 'tokenId' in source ? source.tokenId : undefined,
    sessionId: session?.toString('hex').slice(0, SESSION_ID_LENGTH),
  };
}

/** The grant of a request; undefined while sign-in is off. Throws UnauthenticatedError. */
export async function findGrant(
  signIn: SignIn,
  req: Asked,
  takesTicket = false,
): Promise<Grant | undefined> {
  if (!(await signIn.isOn())) return undefined;
  return signIn.identify(readCredential(req, takesTicket));
}

function assertMay(
  { principal }: Grant,
  { role: needed, namespace }: Exclude<Access, 'anyone'>,
): void {
  const { name, role, namespaces } = principal;
  if (includesRole(role, needed)) {
    // Also what is no operation, such as the board, and so is not confined later.
    if (namespace !== 'all' || namespaces === undefined) return;
    throw new ForbiddenError('this needs a token of all namespaces');
  }
  throw new ForbiddenError(`this needs the role ${needed}; ${name} has the role ${role}`);
}

/**
 * A browser adds the cookie by itself, also for a page of another port of this host. So a page of RAT_CORS_ORIGINS must send
 * a token, to read as well as to change something. A link from any page may lead here.
 */
function assertOwnPage(req: Asked): void {
  const isSafe = SAFE.has(req.method);
  if (isOwnPage(req, isSafe)) return;
  if (isSafe && req.get('sec-fetch-mode') === 'navigate') return;
  const message =
    'a session is for the pages of this API; other clients send a token as Authorization: Bearer';
  throw new HttpError(403, 'FORBIDDEN', message);
}

/** A request that changes something and names no page was not sent by a browser. */
function isOwnPage(req: Asked, isSafe: boolean): boolean {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.get('origin');
  if (origin === undefined) return isSafe;
  return URL.canParse(origin) && new URL(origin).host === req.host;
}
