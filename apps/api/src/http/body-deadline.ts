import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { sendError } from './error-envelope.ts';
import { HttpError } from './http-error.ts';

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/**
 * Ends a request that has not sent its complete body within `ms`. Without a response so far it gets
 * 408; otherwise the connection is closed. The deadline also covers requests that no route matches:
 * a refused body that arrives slowly still holds a connection.
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
    // A stopping process waits for its connections, not for this timer.
    timer.unref();
    deadlines.set(req, timer);
    req.once('end', () => clearTimeout(timer));
    next();
  };
}

/** Removes the deadline from an upload, which may take longer as long as bytes keep arriving. */
export function allowSlowBody(req: IncomingMessage): void {
  clearTimeout(deadlines.get(req));
}
