import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'X-Request-ID';

/** What a caller may name its request: anything else could forge log lines, or fill them. */
const ACCEPTED = /^[\w.-]{1,128}$/;

/** Names every request, with the caller's own name where it has one, and says the name in the answer. */
export function requestId(): RequestHandler {
  return (req, res, next) => {
    const given = req.get(HEADER);
    res.set(HEADER, given !== undefined && ACCEPTED.test(given) ? given : randomUUID());
    next();
  };
}

/** The name of the request that `res` answers. */
export function requestIdOf(res: Response): string {
  return res.get(HEADER) ?? '';
}
