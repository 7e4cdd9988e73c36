import type { Logger } from '@rat/runtime';
import type { RequestHandler } from 'express';
import { findCaller } from './caller.ts';
import { requestIdOf } from './request-id.ts';
import { originOf } from './request-origin.ts';

/** Monitors send these requests every few seconds, so they are logged at `debug`. */
const QUIET = /^\/(health|board)(\/|$)/;

/**
 * Logs one line for each request, once its response is sent or its client has disconnected. The
 * query string is left out: it may hold secrets.
 */
export function accessLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const start = performance.now();
    const { method, path, ip } = req;
    res.once('close', () => {
      const traceId = originOf(req)?.traceparent?.split('-')[1];
      const principal = findCaller(req)?.principal?.name;
      const fields = {
        request_id: requestIdOf(res),
        ...(traceId === undefined ? {} : { trace_id: traceId }),
        method,
        path,
        client: ip,
        ...(principal === undefined ? {} : { principal }),
        status: res.statusCode,
        duration_ms: Math.round(performance.now() - start),
        ...(res.writableFinished ? {} : { aborted: true }),
      };
      log[QUIET.test(path) ? 'debug' : 'info'](fields, 'request');
    });
    next();
  };
}
