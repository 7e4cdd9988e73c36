import { InputError } from '@rat/domain';
import type { RequestHandler } from 'express';
import { HttpError } from './http-error.ts';

/** More than any browser or proxy sends. */
const HEADERS_MAX = 100;

/** Headers that must not be repeated. Node keeps the first value and drops the others. */
const ONCE = [
  'authorization',
  'content-type',
  'content-encoding',
  'idempotency-key',
  'x-requested-by',
  'last-event-id',
];

/**
 * Refuses requests that Node would answer without the error envelope, or would truncate silently.
 */
export function refuseOddRequest(): RequestHandler {
  return (req, _res, next) => {
    if (req.rawHeaders.length / 2 > HEADERS_MAX) {
      const message = `a request may have at most ${HEADERS_MAX} headers`;
      throw new HttpError(431, 'INVALID_ARGUMENT', message, { headers: { Connection: 'close' } });
    }
    const twice = ONCE.find((name) => (req.headersDistinct[name]?.length ?? 0) > 1);
    if (twice !== undefined) throw new InputError(`the header ${twice} must be given once`);
    const { expect } = req.headers;
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
      const message = 'the only expectation that can be met is 100-continue';
      throw new HttpError(417, 'INVALID_ARGUMENT', message);
    }
    next();
  };
}
