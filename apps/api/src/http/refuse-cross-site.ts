import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import type { AllowedOrigins } from './allow-origins.ts';
import { HttpError } from './http-error.ts';
import type { AllowedHosts } from './known-host.ts';

/** Methods that change nothing. Any site may link to their responses. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Values of `Sec-Fetch-Site` for requests of the API's own pages and of the user. `same-site` is
 * missing: another port of the same machine may serve another person's page.
 */
const OWN_SITES = new Set(['same-origin', 'none']);

/**
 * Refuses a request with 403 when it would change something and a page of another site sends it.
 *
 * A browser sends a form to any address without a preflight, loopback included, and the API has no
 * sign-in that would stop it. Clients that are no browsers send neither `Sec-Fetch-Site` nor
 * `Origin`, and are not affected. Pages of the named `origins` may.
 */
export function refuseCrossSite(allowed: AllowedHosts, origins: AllowedOrigins): RequestHandler {
  return (req, _res, next) => {
    const isNamed = origins.has(req.get('origin') ?? '');
    if (!SAFE.has(req.method) && !isNamed && isCrossSite(req, allowed)) {
      throw new HttpError(403, 'FORBIDDEN', 'a page of another site may not ask for this');
    }
    next();
  };
}

/**
 * Whether a page of another site sends the request.
 *
 * Current browsers send `Sec-Fetch-Site` to loopback and over TLS. It is checked first, because it
 * stays correct behind a proxy that rewrites `Host`. Over other plain HTTP, and from older
 * browsers, only `Origin` arrives; it is `null` for a page without an origin. `Origin` must match
 * the host of the request, which a trusted proxy may set. Without a trusted proxy the host must be
 * an address or an allowed name: the owner of any other name can point it to this API, and its page
 * would then have the same origin.
 */
function isCrossSite(req: Request, allowed: AllowedHosts): boolean {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return !OWN_SITES.has(site);
  const origin = req.get('origin');
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const { host, hostname } = new URL(origin);
  const isOwn = isAddress(hostname) || allowed.has(hostname);
  return host !== req.host || !(isOwn || req.app.get('trust proxy') !== false);
}

/** Whether a URL's host is an address or `localhost`. A URL puts an IPv6 address into brackets. */
function isAddress(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
