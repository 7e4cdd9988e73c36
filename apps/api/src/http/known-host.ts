import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { InputError } from '@rat/domain';
import type { RequestHandler } from 'express';
import { HttpError } from './http-error.ts';

/** Host names of this API, in lower case and without a port; `*` allows every name. */
export type AllowedHosts = ReadonlySet<string>;

/** A host name or an address, with an optional port. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+(?:%25[\w.~-]+)?)\]|([\w.~-]+))(?::\d{0,5})?$/i;

/**
 * Refuses a request to an unknown host name with 421.
 *
 * This protects against DNS rebinding: any site can point its own name to this address, and its
 * page could then read every response. No site can own an address or `localhost`, so these are
 * allowed. `X-Forwarded-Host` is ignored here, because a client can send it too.
 */
export function refuseForeignHost(allowed: AllowedHosts): RequestHandler {
  return (req, _res, next) => {
    const authority = authorityOf(req);
    // HTTP/1.0 has no Host header, and no browser uses HTTP/1.0.
    if (authority !== undefined) assertKnown(authority, allowed);
    next();
  };
}

/** Parses a list of host names separated by commas. */
export function toAllowedHosts(...lists: readonly string[]): AllowedHosts {
  const names = lists
    .join(',')
    .split(',')
    .map((name) => name.trim());
  return new Set(names.filter((name) => name !== '').map((name) => parseHost(name) ?? name));
}

/**
 * The host of a request. An absolute target takes precedence over the header (RFC 9112, section
 * 3.2.2).
 */
function authorityOf(req: IncomingMessage): string | undefined {
  const hosts = req.headersDistinct['host'] ?? [];
  if (hosts.length > 1) throw badHost('Host must be given once');
  const [host] = hosts;
  if (host === undefined && req.httpVersion !== '1.0') throw badHost('Host is missing');
  const target = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(req.url ?? '');
  return target?.[1] ?? host;
}

/**
 * Why a request to this host is refused; undefined for an address, `localhost` and an allowed name.
 */
export function findHostProblem(
  authority: string,
  allowed: AllowedHosts,
): 'malformed' | 'foreign' | undefined {
  const name = parseHost(authority);
  if (name === undefined) return 'malformed';
  const isOwn = name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
  return isOwn || allowed.has(name) || allowed.has('*') ? undefined : 'foreign';
}

function assertKnown(authority: string, allowed: AllowedHosts): void {
  const problem = findHostProblem(authority, allowed);
  if (problem === 'malformed') {
    throw badHost('Host must be a name or an address, with a port or without');
  }
  if (problem === 'foreign') {
    const message = `${authority} is not a name of this server; use its address or localhost, or add the name to RAT_ALLOWED_HOSTS`;
    throw new HttpError(421, 'INVALID_ARGUMENT', message);
  }
}

/** The host without port, brackets and trailing dot; undefined for text that is no host. */
function parseHost(authority: string): string | undefined {
  const [, address, name] = AUTHORITY.exec(authority) ?? [];
  if (address !== undefined) {
    const plain = address.replace('%25', '%');
    return isIP(plain) === 6 ? plain.toLowerCase() : undefined;
  }
  return name?.toLowerCase().replace(/(?<=[^.])\.$/, '');
}

function badHost(message: string): InputError {
  return new InputError(message, [{ path: 'Host', message }]);
}
