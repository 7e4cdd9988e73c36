import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { HttpError } from './http-error.ts';
import type { AllowedHosts } from './known-host.ts';

/** Methods that change nothing; a link from anywhere may lead to what they answer. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Another port of the same machine is `same-site`, and may be anybody's. */
const OWN_SITES = new Set(['same-origin', 'none']);

/**
 * 403 for whatever would change something and is asked for by a page of another site. A browser sends a form to any
 * address without asking first, loopback included, and there is no password yet that such a page would lack. Clients that
 * are no browsers send neither of the two headers, and are not affected.
 */
export function refuseCrossSite(allowed: AllowedHosts): RequestHandler {
  return (req, _res, next) => {
    if (!SAFE.has(req.method) && isCrossSite(req, allowed)) {
      throw new HttpError(403, 'FORBIDDEN', 'a page of another site may not ask for this');
    }
    next();
  };
}

/**
 * Every browser of today says `Sec-Fetch-Site` to loopback and over TLS. It is believed first, because it is true also
 * behind a proxy that puts an address of its own into `Host`. To other plain HTTP, and by older browsers, only `Origin`
 * is sent, `null` by pages that have none: it has to be where the request went, which a trusted proxy may say. Without
 * such a proxy that is an address or an allowed name: the owner of any other name can have it lead here, and a page of it is then of one origin with us.
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

/** As URLs spell it, which put an address of version 6 into brackets. */
function isAddress(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
