import { coerceError, type Logger } from '@rat/runtime';
import { createStandIn, endSession, recordAuditEntry, type Database } from '@rat/store';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { readSessionCookie } from '../auth/read-credential.ts';
import { createSecret, hashSecret } from '../auth/token-secret.ts';
import { HttpError } from '../http/http-error.ts';
import { requestIdOf } from '../http/request-id.ts';
import { SESSION_SECONDS } from '../tokens/create-session.ts';
import { setSessionCookie } from '../tokens/session-cookie.ts';
import {
  IdentityProvider,
  LoginRefusedError,
  ProviderDownError,
  type PersonClaims,
} from './identity-provider.ts';
import { toLocalPath } from './local-path.ts';
import { LOGIN_SECONDS, LoginCookies, type Login } from './login-cookie.ts';
import { sendOidcPage, type OidcPage } from './oidc-page.ts';
import { mappedGroups, roleOfGroups, type GroupRole, type OidcSettings } from './oidc-settings.ts';

/** The path of the page that begins a sign-in at the identity provider. */
export const OIDC_PATH = '/sign-in/oidc';

/** The link that begins another sign-in, which returns to the same path. */
function again(returnTo?: string): OidcPage['link'] {
  const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`;
  return { path: OIDC_PATH + query, text: 'Sign in again' };
}

export interface OidcDeps {
  db: Database;
  log: Logger;
  /** Counts a failed sign-in of an address: each answer of a browser may cost a request to the provider. */
  rates: { countFailure: (req: Pick<Request, 'ip'>) => Promise<void> };
}

/**
 * The two pages of a sign-in at the identity provider, to be mounted at OIDC_PATH. Anyone may open them: the first sends the
 * browser to the provider, the second makes a session for the person whom the provider names.
 */
export function createOidcRoutes(deps: OidcDeps, settings: OidcSettings): Router {
  const provider = new IdentityProvider(settings);
  const cookies = new LoginCookies(settings);
  const isSecure = settings.publicUrl.protocol === 'https:';
  const tools: Tools = { deps, settings, provider, cookies, isSecure };
  const router = Router();
  router.get('/', begin(tools));
  router.get('/callback', finish(tools));
  router.use((req) => {
    const isPage = req.path === '/' || req.path === '/callback';
    if (!isPage) throw new HttpError(404, 'NOT_FOUND', 'no such page');
    const message = `method ${req.method} is not allowed here`;
    throw new HttpError(405, 'METHOD_NOT_ALLOWED', message, { headers: { Allow: 'GET, HEAD' } });
  });
  return router;
}

interface Tools {
  deps: OidcDeps;
  settings: OidcSettings;
  provider: IdentityProvider;
  cookies: LoginCookies;
  isSecure: boolean;
}

/** Sends the browser to the provider. */
function begin({ deps, provider, cookies, isSecure }: Tools): RequestHandler {
  return async (req, res) => {
    const { return_to: returnTo } = req.query;
    const path = toLocalPath(typeof returnTo === 'string' ? returnTo : undefined);
    try {
      const { url, login } = await provider.begin(path);
      setLoginCookie(res, { isSecure, value: cookies.seal(login), seconds: LOGIN_SECONDS });
      res.redirect(302, url.href);
    } catch (error) {
      await sendFailure(deps, { req, res, error, returnTo: path });
    }
  };
}

/** Takes the answer of the provider. */
function finish({ deps, settings, provider, cookies, isSecure }: Tools): RequestHandler {
  return async (req, res) => {
    // It is good for one answer of the provider, also for a refused one.
    setLoginCookie(res, { isSecure, value: '', seconds: 0 });
    const login = openLogin(cookies, req, isSecure);
    if (login === undefined) {
      sendOidcPage(res, { ...NOT_BEGUN_HERE, link: again() });
      return;
    }
    try {
      const person = await provider.finish(req.url.slice(req.url.indexOf('?') + 1), login);
      const role = roleOfGroups(person.groups, settings.roles);
      if (role === undefined) {
        await record(deps, { req, res, person, status: 403, sessionId: undefined });
        sendOidcPage(res, { ...withoutRole(person), link: again(login.returnTo) });
        return;
      }
      const secret = await makeSession(deps, { req, settings, person, role });
      await record(deps, { req, res, person, status: 200, sessionId: sessionIdOf(secret) });
      setSessionCookie(res, { secret, seconds: SESSION_SECONDS, isSecure });
      // A page, not a redirect: no browser sends a cookie of the mode Strict while it follows redirects from another site.
      sendOidcPage(res, signedIn(login.returnTo));
    } catch (error) {
      await sendFailure(deps, { req, res, error, returnTo: login.returnTo });
    }
  };
}

interface NewSession {
  req: Request;
  settings: OidcSettings;
  person: PersonClaims;
  role: Pick<GroupRole, 'role' | 'namespaces'>;
}

/** The session that the browser had before ends: a browser is signed in once. */
async function makeSession(
  { db }: OidcDeps,
  { req, settings, person, role }: NewSession,
): Promise<string> {
  const former = readSessionCookie(req.get('cookie'));
  if (former !== undefined) await endSession(db, hashSecret(former));
  const secret = createSecret('session');
  const { subject, name } = person;
  const groups = mappedGroups(person.groups, settings.roles);
  await createStandIn(db, {
    kind: 'session',
    hash: hashSecret(secret),
    source: { person: { issuer: settings.issuer.href, subject, name, ...role, groups } },
    seconds: SESSION_SECONDS,
  });
  return secret;
}

function sessionIdOf(secret: string): string {
  return hashSecret(secret).toString('hex').slice(0, 16);
}

interface SignInFacts {
  req: Request;
  res: Response;
  person: PersonClaims;
  status: number;
  sessionId: string | undefined;
}

async function record(
  { db, log }: OidcDeps,
  { req, res, person, status, sessionId }: SignInFacts,
): Promise<void> {
  const facts = {
    who: person.name,
    action: 'signInAtProvider',
    resource: 'session',
    status,
    requestId: requestIdOf(res),
    ip: req.ip,
    tokenId: undefined,
    sessionId,
  };
  await recordAuditEntry(db, facts).catch((error: unknown) => {
    log.error({ ...facts, err: coerceError(error) }, 'audit entry not stored');
  });
}

const [SECURE_NAME, NAME] = ['__Host-rat_sign_in', 'rat_sign_in'];

/** Of the mode Lax: the provider's page leads the browser back here. With its prefix no other host can set it. */
function setLoginCookie(
  res: Response,
  { isSecure, value, seconds }: { isSecure: boolean; value: string; seconds: number },
): void {
  const name = isSecure ? SECURE_NAME : NAME;
  const cookie = `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;
  res.append('Set-Cookie', isSecure ? `${cookie}; Secure` : cookie);
}

function openLogin(cookies: LoginCookies, req: Request, isSecure: boolean): Login | undefined {
  const name = isSecure ? SECURE_NAME : NAME;
  const pairs = (req.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('=', 2));
  const sealed = pairs.find(([one]) => one === name)?.[1];
  return sealed === undefined ? undefined : cookies.open(sealed);
}

async function sendFailure(
  { log, rates }: OidcDeps,
  { req, res, error, returnTo }: { req: Request; res: Response; error: unknown; returnTo: string },
): Promise<void> {
  const err = coerceError(error);
  const link = again(returnTo);
  if (error instanceof ProviderDownError) {
    log.warn({ err }, 'identity provider not reached');
    res.set('Retry-After', '10');
    sendOidcPage(res, { ...PROVIDER_DOWN, link });
  } else if (error instanceof LoginRefusedError) {
    log.warn({ err }, 'sign-in at the identity provider refused');
    await rates.countFailure(req);
    sendOidcPage(res, { ...REFUSED, link });
  } else {
    throw err;
  }
}

/** A page that signs no one in, without its link. */
type Ending = Omit<OidcPage, 'link'>;

const NOT_BEGUN_HERE: Ending = {
  status: 400,
  title: 'This sign-in was not begun here',
  text: 'It was begun in another browser, has been used, or took longer than ten minutes.',
};

const REFUSED: Ending = {
  status: 400,
  title: 'The sign-in is refused',
  text: 'The identity provider refused it, or its answer did not belong to this sign-in. The log of the API has the reason.',
};

const PROVIDER_DOWN: Ending = {
  status: 503,
  title: 'The identity provider cannot be reached',
  text: 'Try again in a moment. A token still signs in.',
};

function withoutRole({ name }: PersonClaims): Ending {
  return {
    status: 403,
    title: 'No group of yours may use this service',
    text: `${name.replace(/^oidc:/, '')} is signed in at the identity provider, and is in no group that has a role here. Ask an operator to add one of your groups to RAT_OIDC_ROLES.`,
  };
}

function signedIn(path: string): OidcPage {
  const title = 'You are signed in';
  return { status: 200, title, text: '', link: { path, text: 'Go on' }, follows: true };
}
