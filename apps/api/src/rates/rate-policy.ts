/**
 * What is limited, each in a window of one minute:
 * - `requests`: the requests of one principal.
 * - `runs`: those of them that make runs.
 * - `address`: the requests from one address, before sign-in.
 * - `sign_in_failures`: the tokens, sessions and tickets from one address that were not valid.
 */
export type RateName = 'requests' | 'runs' | 'address' | 'sign_in_failures';

/** The limits that an operator has set; 0 is no limit, undefined the default. */
export type RateSettings = Readonly<Partial<Record<RateName, number | undefined>>>;

export const RATE_WINDOW_SECONDS = 60;

/** Far above what a console, a schedule of requests or a test does, and far below a flood. */
export const DEFAULT_RATES: Readonly<Record<RateName, number>> = {
  requests: 6_000,
  runs: 600,
  address: 12_000,
  sign_in_failures: 60,
};

/**
 * The limit that holds; undefined: none. Without sign-in only what an operator has set: everybody
 * on a laptop has one address.
 */
export function chooseRate(
  name: RateName,
  settings: RateSettings,
  isSignInOn: boolean,
): number | undefined {
  const limit = settings[name] ?? (isSignInOn ? DEFAULT_RATES[name] : 0);
  return limit > 0 ? limit : undefined;
}

/**
 * The key under which requests of an address are counted. One customer of a provider has all of a
 * `/64` of IPv6, so the half of the address that they choose themselves does not count.
 *
 * @example
 * toAddressKey('2001:db8::1'); // '2001:db8:0:0'
 */
export function toAddressKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!ip.includes(':')) return ip;
  const [before = '', after] = ip.toLowerCase().split('::');
  const groups = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const missing = after === undefined ? 0 : 8 - groups.length - tail.length;
  const zeros = Array.from({ length: Math.max(0, missing) }, () => '0');
  return [...groups, ...zeros, ...tail].slice(0, 4).join(':');
}

/** The state of one limit for one principal or address. */
export interface RateState {
  name: RateName;
  limit: number;
  remaining: number;
  resetMs: number;
  isOver: boolean;
}

/** The headers of the IETF draft `ratelimit-headers`, and `Retry-After` once a limit is reached. */
export function toRateHeaders(states: readonly RateState[]): Record<string, string> {
  if (states.length === 0) return {};
  return {
    'RateLimit-Policy': states
      .map(({ name, limit }) => `"${name}";q=${limit};w=${RATE_WINDOW_SECONDS}`)
      .join(', '),
    RateLimit: states
      .map((state) => `"${state.name}";r=${state.remaining};t=${toSeconds(state)}`)
      .join(', '),
  };
}

/** Until the limit is free again, in whole seconds. */
export function toSeconds({ resetMs }: Pick<RateState, 'resetMs'>): number {
  return Math.max(1, Math.ceil(resetMs / 1_000));
}
