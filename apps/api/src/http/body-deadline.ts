import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { sendError } from './error-envelope.ts';
import { HttpError } from './http-error.ts';

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/**
 * Ends a request whose body is not complete within `ms`: with 408 when it has no answer yet, else by closing the
 * connection. It covers requests that no route takes, too: a refused body that trickles in holds a connection as well.
 */
export function bodyDeadline(ms: number): RequestHandler {
  return (req, res, next) => {
    const { 'transfer-encoding': transfer, 'content-length': length = '0' } = req.headers;
    if (transfer === undefined && Number(length) === 0) {
      next();
      return;
    }
    const timer = setTimeout(() => {
      if (req.complete || req.socket.destroyed) return;
      if (res.headersSent) {
        req.socket.destroy();
        return;
      }
      const message = `the request body did not arrive within ${ms / 1_000} s`;
      const headers = { Connection: 'close' };
      sendError(res, new HttpError(408, 'INVALID_ARGUMENT', message, { headers }));
    }, ms);
    // A process that stops waits for its connections, and not for this.
    timer.unref();
    deadlines.set(req, timer);
    req.once('end', () => clearTimeout(timer));
    next();
  };
}

/** Takes the deadline off: the body is a file, which may take longer as long as it moves. */
export function allowSlowBody(req: IncomingMessage): void {
  clearTimeout(deadlines.get(req));
}
