import type { RequestHandler } from 'express';

/** Answers are JSON and event streams: whatever a browser takes them for, it may load and frame nothing. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/** Headers for every answer; a room with pages of its own widens the policy for these. */
export function securityHeaders(): RequestHandler {
  return (_req, res, next) => {
    res.set({
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
      // A run's state is out of date the moment it is read.
      'Cache-Control': 'no-store',
    });
    next();
  };
}
