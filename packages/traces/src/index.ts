/**
 * Traces in the words of OpenTelemetry: places in them, and spans that are sent to a collector.
 *
 * Promises: the SDK is loaded only when an endpoint is configured; a span is recorded in microseconds; a collector
 * that is down costs neither time nor memory without a bound.
 * Refuses to know: runs, HTTP routes. It follows no calls: who records a span names its parent.
 * Fails: never after it is open. Spans that cannot be sent are dropped, and the log has a line.
 *
 * @example
 * const traces = await openConfiguredTraces(env, { serviceName: 'rat-api', version, log });
 * const span = traces?.begin(parseTraceparent(req.get('traceparent')), 'server');
 * span?.end({ name: 'GET /api/v1/runs', attributes: {} });
 */
export type { OpenSpan, Traces } from './open-traces.ts';
export { formatTraceparent, parseTraceparent, type TracePlace } from './traceparent.ts';
export { openConfiguredTraces, tracesEnv } from './traces-env.ts';
