import type { Logger } from '@rat/runtime';
import type { RequestHandler } from 'express';
import { requestIdOf } from './request-id.ts';

/** Asked every few seconds by machines; of interest only when something is being looked for. */
const QUIET = /^\/(health|board)(\/|$)/;

/** One line a request, when its answer has left or its client has gone. Without the query, which may hold anything. */
export function accessLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const start = performance.now();
    const { method, path, ip } = req;
    res.once('close', () => {
      const fields = {
        request_id: requestIdOf(res),
        method,
        path,
        client: ip,
        status: res.statusCode,
        duration_ms: Math.round(performance.now() - start),
        ...(res.writableFinished ? {} : { aborted: true }),
      };
      log[QUIET.test(path) ? 'debug' : 'info'](fields, 'request');
    });
    next();
  };
}
