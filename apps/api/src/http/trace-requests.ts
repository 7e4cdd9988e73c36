import { OPERATIONS } from '@rat/contracts';
import { formatTraceparent, parseTraceparent, type OpenSpan, type Traces } from '@rat/traces';
import type { Request, RequestHandler, Response } from 'express';
import { findOperationName } from './operation-name.ts';
import { requestIdOf } from './request-id.ts';
import { setOrigin } from './request-origin.ts';

/**
 * Records the origin of every request and, when traces are on, a span for each request that an
 * operation answers. Without traces of its own the API passes on the trace of its caller, so that
 * the runs of a traced caller are found in its trace.
 */
export function traceRequests(traces: Traces | undefined): RequestHandler {
  return (req, res, next) => {
    const given = parseTraceparent(req.get('traceparent'));
    const requestId = requestIdOf(res);
    const span = traces?.begin(given, 'server');
    const place = span?.place ?? given;
    const traceparent = place && formatTraceparent(place);
    setOrigin(req, { requestId, traceparent });
    if (span !== undefined && traceparent !== undefined) {
      res.set('traceparent', traceparent);
      res.once('close', () => endSpan(span, req, res));
    }
    next();
  };
}

/** A span that does not end is not recorded. Monitors send these every few seconds, and their spans would hide the others. */
const SILENT = new Set(['getHealth', 'getLiveness', 'getReadiness', 'getMetrics']);

function endSpan(span: OpenSpan, req: Request, res: Response): void {
  const operation = findOperationName(req);
  if (operation === undefined || SILENT.has(operation)) return;
  const { path } = OPERATIONS[operation];
  const status = res.statusCode;
  span.end({
    name: `${req.method} ${path}`,
    attributes: {
      'http.request.method': req.method,
      'http.route': path,
      'http.response.status_code': status,
      'rat.operation': operation,
      'rat.request_id': requestIdOf(res),
    },
    ...(status < 500 ? {} : { error: `status ${status}` }),
  });
}
