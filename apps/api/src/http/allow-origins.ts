import type { RequestHandler } from 'express';

/** Origins such as `https://portal.example`, whose pages may use the API from a browser. */
export type AllowedOrigins = ReadonlySet<string>;

/** How long a browser remembers a grant, seconds. A taken-back origin stops within that time. */
const REMEMBERED_SECONDS = 600;

const GRANTED_HEADERS = [
  'Accept',
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'X-Request-Id',
  'X-Requested-By',
].join(', ');

const READABLE_HEADERS = [
  'Content-Disposition',
  'ETag',
  'Idempotent-Replayed',
  'Location',
  'Result-Rows',
  'Result-Truncated',
  'Retry-After',
  'X-Request-Id',
].join(', ');

/**
 * Lets pages of named origins use the API (the Fetch standard's CORS protocol): it answers their
 * preflights, and marks every answer to them as readable. Any other origin gets no such header, and
 * its browser hides the answer.
 */
export function allowOrigins(allowed: AllowedOrigins): RequestHandler {
  return (req, res, next) => {
    if (allowed.size === 0) {
      next();
      return;
    }
    // A cache must not give one origin the answer to another one.
    res.vary('Origin');
    const origin = req.get('origin');
    if (origin === undefined || !allowed.has(origin)) {
      next();
      return;
    }
    res.set({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': READABLE_HEADERS,
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) {
      next();
      return;
    }
    res.set({
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
      'Access-Control-Allow-Headers': GRANTED_HEADERS,
      'Access-Control-Max-Age': String(REMEMBERED_SECONDS),
    });
    res.status(204).end();
  };
}

/** Parses a list of origins separated by commas, as `isOriginList` accepts it. */
export function toAllowedOrigins(text: string): AllowedOrigins {
  return new Set(partsOf(text).map((part) => new URL(part).origin));
}

/**
 * Whether every part is a whole origin. A pattern would let in pages that nobody has named, so there
 * is none.
 */
export function isOriginList(text: string): boolean {
  return partsOf(text).every((part) => {
    if (!/^https?:\/\/[^*]+$/i.test(part) || !URL.canParse(part)) return false;
    const { origin } = new URL(part);
    return part.toLowerCase().replace(/\/$/, '') === withPort(origin, part);
  });
}

/** A URL drops the default port of its scheme. */
function withPort(origin: string, part: string): string {
  const port = /:(80|443)\/?$/.exec(part)?.[1];
  return port === undefined || origin.endsWith(`:${port}`) ? origin : `${origin}:${port}`;
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
