import { createHash } from 'node:crypto';
import { OPERATIONS, type Operation, type OperationId } from '@rat/contracts';
import { LimitError, UnauthenticatedError } from '@rat/domain';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { readCredential } from '../auth/read-credential.ts';
import { findCaller } from '../http/caller.ts';
import type { RateCounters } from './rate-counters.ts';
import {
  chooseRate,
  RATE_WINDOW_SECONDS,
  toAddressKey,
  toRateHeaders,
  toSeconds,
  type RateName,
  type RateSettings,
  type RateState,
} from './rate-policy.ts';

/** Credentials that were valid and are remembered, to tell their owners from those who guess. */
const REMEMBERED_MAX = 10_000;

/** The paths whose requests count for an address. Health, pages and their files do not. Routes take letters of any case. */
const COUNTED = /^\/(?:api|board\/api|sign-in)\//i;

/** Requests that prove themselves by what is in them. Routes take a slash at the end too. */
const GUESSED = [
  /^POST \/api\/v1\/(?:session|webhooks(?:\/[^/]+)?)\/?$/i,
  /^(?:GET|HEAD) \/sign-in\/oidc\/callback\/?$/i,
];

/** What a request over a limit is answered with. */
const REFUSALS: Record<RateName, string> = {
  requests: 'too many requests of this principal',
  runs: 'too many requests of this principal that make runs',
  address: 'too many requests from this address',
  sign_in_failures: 'too many failed sign-ins from this address',
};

/**
 * Limits how many requests a principal and an address may send in a minute. Throws LimitError, which is answered 429 with
 * `Retry-After`. The answers have `RateLimit-Policy` and `RateLimit` of the limits of their principal.
 *
 * A failed sign-in is looked at before the next one: an address with too many gets no look-up of its tokens. A credential
 * that this process knows as valid passes, so that a neighbour behind the same address is not locked out.
 */
export class RateLimits {
  readonly #counters: RateCounters;
  readonly #settings: RateSettings;
  readonly #isSignInOn: () => boolean;
  /** In the order of their last use. */
  readonly #valid = new Set<string>();

  constructor(options: {
    counters: RateCounters;
    settings: RateSettings;
    /** Without a look at the database. */
    isSignInOn: () => boolean;
  }) {
    this.#counters = options.counters;
    this.#settings = options.settings;
    this.#isSignInOn = options.isSignInOn;
  }

  /** Counts for the address; register it before every route. */
  admit(): RequestHandler {
    return async (req, _res, next) => {
      const address = toAddressKey(req.ip ?? '');
      if (COUNTED.test(req.path)) refuse(await this.#take('address', address));
      if (this.#isGuess(req)) refuse(await this.#look('sign_in_failures', address));
      next();
    };
  }

  /** Counts for the principal; it runs behind the guard of the operation. */
  ofOperation(id: OperationId): RequestHandler {
    const { access, stream, makesRuns }: Operation = OPERATIONS[id];
    const names: RateName[] = makesRuns === true ? ['runs', 'requests'] : ['requests'];
    return async (req, res, next) => {
      this.#remember(req);
      // Streams have slots, and what anyone may use has the limit of the address.
      if (access === 'anyone' || stream === true) {
        next();
        return;
      }
      const key = findCaller(req)?.principal?.name ?? `at ${toAddressKey(req.ip ?? '')}`;
      const taken = await Promise.all(names.map((name) => this.#take(name, key)));
      show(res, taken);
      for (const state of taken) refuse(state);
      next();
    };
  }

  /** Counts a failed sign-in of any route; register it before the handler that answers errors. */
  countFailures(): ErrorRequestHandler {
    return async (error, req, _res, next) => {
      if (error instanceof UnauthenticatedError && error.isRejected) await this.countFailure(req);
      next(error);
    };
  }

  /** Counts a failed sign-in that is answered otherwise than by an UnauthenticatedError. */
  async countFailure(req: Pick<Request, 'ip'>): Promise<void> {
    await this.#take('sign_in_failures', toAddressKey(req.ip ?? ''));
  }

  async #take(name: RateName, key: string): Promise<RateState | undefined> {
    const limit = chooseRate(name, this.#settings, this.#isSignInOn());
    return limit === undefined ? undefined : this.#counters.take(name, key, limit);
  }

  /** Over once the limit is reached, because this request is not counted. */
  async #look(name: RateName, key: string): Promise<RateState | undefined> {
    const limit = chooseRate(name, this.#settings, this.#isSignInOn());
    if (limit === undefined) return undefined;
    const state = await this.#counters.look(name, key, limit);
    return { ...state, isOver: state.remaining === 0 };
  }

  #isGuess(req: Request): boolean {
    if (GUESSED.some((one) => one.test(`${req.method} ${req.path}`))) return true;
    const secret = secretOf(req);
    return secret !== undefined && !this.#valid.has(secret);
  }

  #remember(req: Request): void {
    if (findCaller(req)?.principal === undefined) return;
    const secret = secretOf(req);
    if (secret === undefined) return;
    this.#valid.delete(secret);
    this.#valid.add(secret);
    for (const oldest of this.#valid) {
      if (this.#valid.size <= REMEMBERED_MAX) break;
      this.#valid.delete(oldest);
    }
  }
}

/** The hash of the credential of a request. One that cannot be read counts as any other wrong one. */
function secretOf(req: Request): string | undefined {
  let secret: string | undefined;
  try {
    secret = readCredential(req, true)?.secret;
  } catch {
    secret = req.get('authorization');
  }
  return secret === undefined ? undefined : createHash('sha256').update(secret).digest('base64');
}

function show(res: Response, taken: readonly (RateState | undefined)[]): void {
  res.set(toRateHeaders(taken.filter((state) => state !== undefined)));
}

function refuse(state: RateState | undefined): void {
  if (state?.isOver !== true) return;
  const { name, limit } = state;
  const message = `${REFUSALS[name]}: ${limit} in ${RATE_WINDOW_SECONDS} s are allowed`;
  throw new LimitError(message, toSeconds(state));
}
