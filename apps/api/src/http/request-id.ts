import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'X-Request-ID';

/**
 * A valid request id from a caller. Other characters could forge log lines, and a longer text could
 * fill the log.
 */
const ACCEPTED = /^[\w.-]{1,128}$/;

/** Gives every request an id, the caller's own where it is valid, and returns it in a header. */
export function requestId(): RequestHandler {
  return (req, res, next) => {
    const given = req.get(HEADER);
    res.set(HEADER, given !== undefined && ACCEPTED.test(given) ? given : randomUUID());
    next();
  };
}

/** The id of the request that `res` answers. */
export function requestIdOf(res: Response): string {
  return res.get(HEADER) ?? '';
}
