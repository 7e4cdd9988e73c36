import { findHiddenInLine, hasVisibleText } from '@rat/domain';
import * as client from 'openid-client';
import { z } from 'zod';
import { LOGIN_SECONDS, type Login } from './login-cookie.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** The path that the provider sends a browser back to. */
export const CALLBACK_PATH = '/sign-in/oidc/callback';

/** Within this time the description of the provider is not read again. */
const KNOWN_MS = 3_600_000;

/** A provider that does not answer must not keep a person waiting. */
const TIMEOUT_SECONDS = 10;

const NAME_MAX = 100;

/** The claims about a person that this service reads. */
export interface PersonClaims {
  subject: string;
  /** For the logs, with a prefix that no token has. */
  name: string;
  groups: string[];
}

/** The provider is not reached, or does not answer as it should. */
export class ProviderDownError extends Error {
  override name = 'ProviderDownError';
}

/** The provider, or one of the checks of its answer, refuses this sign-in. */
export class LoginRefusedError extends Error {
  override name = 'LoginRefusedError';
}

/**
 * Signs people in at the identity provider with the authorization code flow and PKCE. It reads the description of the
 * provider at the first sign-in, so an outage of the provider stops no start, and no request with a token.
 */
export class IdentityProvider {
  readonly #settings: OidcSettings;
  #known: { at: number; configuration: Promise<client.Configuration> } | undefined;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  /** Where to send a browser, and what it must bring back. Throws ProviderDownError. */
  async begin(returnTo: string): Promise<{ url: URL; login: Login }> {
    const configuration = await this.#configuration();
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#callback().href,
      scope: this.#settings.scopes,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const expiresAt = Date.now() + LOGIN_SECONDS * 1_000;
    return { url, login: { state, nonce, verifier, returnTo, expiresAt } };
  }

  /**
   * The person whom the provider has signed in. `search` is the query string that the provider sent the browser back with.
   * Throws LoginRefusedError when one of the checks fails: state, nonce, issuer, signature, audience, the code and its
   * verifier; ProviderDownError.
   */
  async finish(search: string, login: Login): Promise<PersonClaims> {
    const configuration = await this.#configuration();
    const url = this.#callback();
    url.search = search;
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        expectedState: login.state,
        expectedNonce: login.nonce,
        pkceCodeVerifier: login.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new LoginRefusedError('the provider sent no ID token');
      const { groupsClaim } = this.#settings;
      // Some providers list the groups in one place, some in the other.
      const hasGroups = claims[groupsClaim] !== undefined;
      const more =
        hasGroups || configuration.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return toPerson({ ...more, ...claims }, groupsClaim);
    } catch (error) {
      throw toLoginError(error);
    }
  }

  #callback(): URL {
    return new URL(CALLBACK_PATH, this.#settings.publicUrl);
  }

  #configuration(): Promise<client.Configuration> {
    const now = performance.now();
    if (this.#known === undefined || now - this.#known.at > KNOWN_MS) {
      const configuration = this.#discover();
      const known = { at: now, configuration };
      this.#known = known;
      // The next sign-in tries again.
      configuration.catch(() => {
        if (this.#known === known) this.#known = undefined;
      });
    }
    return this.#known.configuration;
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    // Only a provider on this machine is reached without TLS, as RAT_OIDC_ISSUER requires.
    const isPlain = issuer.protocol === 'http:';
    try {
      return await client.discovery(issuer, clientId, clientSecret, undefined, {
        timeout: TIMEOUT_SECONDS,
        execute: [
          client.enableNonRepudiationChecks,
          ...(isPlain ? [client.allowInsecureRequests] : []),
        ],
      });
    } catch (cause) {
      throw new ProviderDownError('the identity provider cannot be reached', { cause });
    }
  }
}

const groupList = z.union([z.array(z.string()), z.string().transform((one) => [one])]);

function toPerson(claims: Record<string, unknown>, groupsClaim: string): PersonClaims {
  const subject = z.string().min(1).parse(claims['sub']);
  const groups = groupList.safeParse(claims[groupsClaim]);
  return {
    subject,
    name: `oidc:${nameOf(claims) ?? subject}`.slice(0, NAME_MAX),
    groups: groups.success ? groups.data : [],
  };
}

/** An address that the provider does not call verified may be that of another person. */
function nameOf(claims: Record<string, unknown>): string | undefined {
  const { email } = claims;
  if (typeof email !== 'string' || claims['email_verified'] !== true) return undefined;
  return hasVisibleText(email) && findHiddenInLine(email) === undefined ? email : undefined;
}

function toLoginError(error: unknown): Error {
  if (error instanceof LoginRefusedError) return error;
  // The network's own errors, and a timeout.
  const isOutage =
    (error instanceof TypeError && error.message === 'fetch failed') ||
    (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) ||
    (error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT');
  return isOutage
    ? new ProviderDownError('the identity provider cannot be reached', { cause: error })
    : new LoginRefusedError('the answer of the identity provider is refused', { cause: error });
}
