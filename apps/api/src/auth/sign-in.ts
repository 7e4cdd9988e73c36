import { ADMIN_NAME } from '@rat/contracts';
import { UnauthenticatedError, type Principal } from '@rat/domain';
import { coerceError, withDeadline, type Logger } from '@rat/runtime';
import {
  findEndedGrants,
  findSession,
  findToken,
  hasTokens,
  noteTokenUse,
  takeTicket,
  type Database,
  type FoundStandIn,
  type FoundToken,
  type GrantSource,
} from '@rat/store';
import type { Grant } from './grant.ts';
import { GrantWatch } from './grant-watch.ts';
import { readCredential, type Asked, type Credential } from './read-credential.ts';
import { hashSecret, isSameHash, isSecret } from './token-secret.ts';

/** How soon an API without sign-in learns that another replica has made the first token. */
const LOOK_MS = 2_000;

/** A database that hangs must not hold up a health check. */
const STRANGER_AFTER_MS = 1_000;

export interface SignInOptions {
  db: Database;
  log: Logger;
  /** The content of RAT_ADMIN_TOKEN. */
  adminToken: string | undefined;
  /** The identity provider at which people sign in; undefined: there is none. */
  provider: SignInProvider | undefined;
}

/** An identity provider, and what its groups may do. */
export interface SignInProvider {
  issuer: string;
  /** Undefined: none of the groups gives a role. */
  roleOf: (groups: readonly string[]) => Pick<Principal, 'role' | 'namespaces'> | undefined;
}

/**
 * Finds out who sends a request.
 *
 * Sign-in is on when RAT_ADMIN_TOKEN or an identity provider is set, or as soon as one token was ever made; a revoked or an expired one counts. It
 * stays on while the process runs. So neither the end of the last token nor an outage of the database opens the
 * API. Modes: unknown (the database was not reached yet: requests fail) → off → on.
 */
export class SignIn {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #adminHash: Buffer | undefined;
  readonly #provider: SignInProvider | undefined;
  readonly #watch: GrantWatch;
  #mode: 'unknown' | 'off' | 'on';
  #looking: NodeJS.Timeout | undefined;
  #isLooking = false;

  /** Call `close` at the end. */
  constructor(options: SignInOptions) {
    const { db, log, adminToken, provider } = options;
    this.#db = db;
    this.#log = log;
    this.#adminHash = adminToken === undefined ? undefined : hashSecret(adminToken);
    this.#provider = provider;
    this.#mode = adminToken === undefined && provider === undefined ? 'unknown' : 'on';
    this.#watch = new GrantWatch({ db, log });
    if (this.#mode === 'on') return;
    this.#looking = setInterval(() => void this.#look(), LOOK_MS);
    this.#looking.unref();
  }

  /** Whether RAT_ADMIN_TOKEN is set. */
  get hasAdminToken(): boolean {
    return this.#adminHash !== undefined;
  }

  /** Whether requests need no token, as far as this process knows. Reads no database. */
  get isKnownOff(): boolean {
    return this.#mode === 'off';
  }

  /** Whether it is known that requests need a token. */
  get isKnownOn(): boolean {
    return this.#mode === 'on';
  }

  /** Whether requests need a token. Reads the database until it has answered once; throws its error. */
  async isOn(): Promise<boolean> {
    if (this.#mode === 'unknown') this.#note(await hasTokens(this.#db));
    return this.#mode === 'on';
  }

  /**
   * Whether the sender of a request that anyone may send has not signed in. Such a request gets the bare answer: which version
   * runs, and how it is protected, is of use to an attacker. A caller whose right cannot be looked up counts as a stranger.
   * `onRejected` is called for a credential that is not valid: an answer that differs for a valid one is a sign-in too.
   */
  async isStranger(req: Asked, onRejected: () => Promise<void>): Promise<boolean> {
    const identify = async (): Promise<unknown> =>
      (await this.isOn()) && this.identify(readCredential(req, false));
    try {
      await withDeadline(identify(), STRANGER_AFTER_MS);
      return false;
    } catch (error) {
      if (error instanceof UnauthenticatedError && error.isRejected) await onRejected();
      return true;
    }
  }

  /** Turns sign-in on without a look at the database: this process has made a token. */
  turnOn(): void {
    this.#note(true);
  }

  /** The grant of a credential. Throws UnauthenticatedError; a ticket is used up. */
  async identify(credential: Credential | undefined): Promise<Grant> {
    if (credential === undefined) throw new UnauthenticatedError(ASK, false);
    const grant = await this.#find(credential);
    if (grant === undefined) throw new UnauthenticatedError(UNKNOWN[credential.kind], true);
    return grant;
  }

  /**
   * Calls `listener` once the grant has ended, within seconds; undefined is the right that everybody has while sign-in is
   * off. Returns what stops that.
   */
  onEnded(grant: Grant | undefined, listener: () => void): () => void {
    // Sign-in was turned on after the guard let this request through.
    if (grant === undefined && this.#mode === 'on') queueMicrotask(listener);
    return this.#watch.add(grant, listener);
  }

  /**
   * Throws UnauthenticatedError when a right has ended since it was found; undefined is the right that everybody has while
   * sign-in is off.
   */
  async assertHolds(grant: Grant | undefined): Promise<void> {
    if (grant === undefined) {
      if (await this.isOn()) throw new UnauthenticatedError(ASK, false);
      return;
    }
    const { source, session, expiresAt } = grant;
    const ended = await findEndedGrants(this.#db, {
      tokenIds: 'tokenId' in source ? [source.tokenId] : [],
      sessions: session === undefined ? [] : [session],
    });
    const isOver = expiresAt !== undefined && expiresAt.getTime() <= Date.now();
    if (isOver || ended.tokenIds.length > 0 || ended.sessions.length > 0)
      throw new UnauthenticatedError(OVER, true);
  }

  close(): void {
    clearInterval(this.#looking);
    this.#watch.close();
  }

  async #find({ kind, secret }: Credential): Promise<Grant | undefined> {
    const hash = hashSecret(secret);
    switch (kind) {
      case 'token': {
        const admin = this.#findAdmin(hash);
        if (admin !== undefined) return admin;
        // A guess costs no statement.
        if (!isSecret('token', secret)) return undefined;
        return this.#toGrant(await findToken(this.#db, hash), hash);
      }
      case 'session': {
        if (!isSecret('session', secret)) return undefined;
        const found = await findSession(this.#db, hash);
        return found && this.#standFor(found, { session: hash, isByCookie: true });
      }
      case 'ticket': {
        if (!isSecret('ticket', secret)) return undefined;
        const found = await takeTicket(this.#db, hash);
        return found && this.#standFor(found, { session: found.session, isByCookie: false });
      }
    }
  }

  #findAdmin(hash: Buffer): Grant | undefined {
    if (this.#adminHash === undefined || !isSameHash(this.#adminHash, hash)) return undefined;
    const principal = { name: ADMIN_NAME, role: 'admin', namespaces: undefined } as const;
    const source = { adminHash: this.#adminHash };
    return { principal, source, session: undefined, isByCookie: false, expiresAt: undefined };
  }

  /**
   * Who a session without a token is for. Its role is what RAT_OIDC_ROLES gives its groups now. A session has ended when its
   * provider is configured no more, or when none of its groups has a role any more.
   */
  #findOwner(source: Exclude<GrantSource, { tokenId: string }>): Grant | undefined {
    if ('adminHash' in source) return this.#findAdmin(source.adminHash);
    const { issuer, name, groups } = source.person;
    if (issuer !== this.#provider?.issuer || groups === undefined) return undefined;
    const role = this.#provider.roleOf(groups);
    if (role === undefined) return undefined;
    const principal = { name, ...role };
    return { principal, source, session: undefined, isByCookie: false, expiresAt: undefined };
  }

  async #standFor(
    found: FoundStandIn,
    by: Pick<Grant, 'session' | 'isByCookie'>,
  ): Promise<Grant | undefined> {
    const { source, token, expiresAt } = found;
    const grant =
      'tokenId' in source ? await this.#toGrant(token, token?.hash) : this.#findOwner(source);
    if (grant === undefined) return undefined;
    // The time of a ticket ends when it has opened its stream. The session or the token behind it goes on.
    const end = by.isByCookie ? earliest(grant.expiresAt, expiresAt) : grant.expiresAt;
    return { ...grant, ...by, expiresAt: end };
  }

  async #toGrant(
    token: FoundToken | undefined,
    hash: Buffer | undefined,
  ): Promise<Grant | undefined> {
    if (token === undefined || hash === undefined || !isSameHash(token.hash, hash))
      return undefined;
    if (token.state !== 'valid') throw new UnauthenticatedError(ENDED[token.state], true);
    if (token.isUseDue) {
      // A database that takes no writes still decides who may read.
      await noteTokenUse(this.#db, token.tokenId).catch((error: unknown) => {
        this.#log.warn({ err: coerceError(error) }, 'use of a token not noted');
      });
    }
    const { tokenId, name, role, namespaces, expiresAt } = token;
    return {
      principal: { name, role, namespaces },
      source: { tokenId },
      session: undefined,
      isByCookie: false,
      expiresAt,
    };
  }

  async #look(): Promise<void> {
    // A database that hangs must not collect one statement after the other.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#note(await hasTokens(this.#db));
    } catch (error) {
      // The mode stays what it was: no token can be made while the database is down.
      this.#log.debug({ err: coerceError(error) }, 'tokens not read');
    } finally {
      this.#isLooking = false;
    }
  }

  #note(hasAny: boolean): void {
    if (this.#mode === 'on') return;
    this.#mode = hasAny ? 'on' : 'off';
    if (!hasAny) return;
    clearInterval(this.#looking);
    this.#watch.endAnonymous();
    this.#log.info('sign-in is on: requests need a token');
  }
}

/** A session ends with its token. */
export function earliest(token: Date | undefined, session: Date): Date {
  return token !== undefined && token < session ? token : session;
}

const ASK =
  'sign in: send a token as Authorization: Bearer, or open a session with POST /api/v1/session';

const OVER = 'the token or the session ended while the request was sent';

const UNKNOWN = {
  token: 'there is no such token',
  session: 'the session has ended; sign in again',
  ticket: 'the ticket is used, or its 30 seconds are over; ask for another one',
};

const ENDED = {
  revoked: 'the token is revoked',
  expired: 'the token has expired',
};
