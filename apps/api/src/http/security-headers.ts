import type { RequestHandler } from 'express';

/**
 * The policy for responses that are data, not pages. When a browser shows one as a page, the page
 * may load nothing, and no site may show it in a frame.
 */
const CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/**
 * Sets security headers on every response. A router that serves pages sets a wider policy for them.
 */
export function securityHeaders(): RequestHandler {
  return (_req, res, next) => {
    res.set({
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
      // A run's state may change right after it is read.
      'Cache-Control': 'no-store',
    });
    next();
  };
}
