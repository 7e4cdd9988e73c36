import { randomBytes } from 'node:crypto';
import type { Attributes, Context } from '@opentelemetry/api';
import type { Logger } from '@rat/runtime';
import type { TracePlace } from './traceparent.ts';

/** The facts of the work that a span stands for. */
interface SpanFacts {
  name: string;
  kind: 'server' | 'consumer' | 'internal';
  attributes: Attributes;
  /** Why the work failed. */
  error?: string | undefined;
}

/** A span of work that has ended. Times are milliseconds since 1970. */
interface EndedSpan extends SpanFacts {
  /** The span that it belongs to; undefined: it begins the trace `traceId`. */
  parent: TracePlace | undefined;
  /** The trace that a span without a parent begins. */
  traceId?: string;
  startMs: number;
  endMs: number;
}

/** A span whose work has not ended. It is recorded only when it ends. */
export interface OpenSpan {
  place: TracePlace;
  end(facts: Pick<SpanFacts, 'name' | 'attributes' | 'error'>): void;
}

/** Records spans and sends them in batches. Recording never throws and never waits. */
export interface Traces {
  begin(parent: TracePlace | undefined, kind: SpanFacts['kind']): OpenSpan;
  /** Records work that has ended, and returns the place for the spans within it. */
  record(span: EndedSpan): TracePlace;
  /** Sends what is recorded, for at most some seconds. */
  close(): Promise<void>;
}

/** Spans that wait to be sent; further ones are dropped, so a collector that is down costs no memory. */
const QUEUE_MAX = 4_096;

const EXPORT_TIMEOUT_MS = 5_000;

/** How often a batch is sent. */
const SEND_EVERY_MS = 1_000;

/**
 * Loads OpenTelemetry's SDK and opens the exporter, which speaks OTLP as JSON over HTTP. Call it
 * only when an endpoint is configured: the SDK costs 15 MB of memory and 0.2 s at the start.
 *
 * @example
 * const traces = await openTraces({ endpoint, headers: {}, serviceName: 'rat-api', version, log });
 * const run = traces.record({ name: 'run gold.sales', kind: 'consumer', parent, … });
 * await traces.close();
 */
export async function openTraces(options: {
  /** The base address; `/v1/traces` is appended. */
  endpoint: string;
  headers: Record<string, string>;
  serviceName: string;
  version: string;
  log: Logger;
}): Promise<Traces> {
  const { endpoint, headers, serviceName, version, log } = options;
  const [api, sdk, exporter, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const sender = new exporter.OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  // The trace of a run that no request made is found by the run's id.
  let chosen: string | undefined;
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': serviceName,
      'service.version': version,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
    idGenerator: {
      generateTraceId: () => chosen ?? randomBytes(16).toString('hex'),
      generateSpanId: () => randomBytes(8).toString('hex'),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor(reporting(sender, log), {
        maxQueueSize: QUEUE_MAX,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('rat', version);
  const KINDS = {
    server: api.SpanKind.SERVER,
    consumer: api.SpanKind.CONSUMER,
    internal: api.SpanKind.INTERNAL,
  };
  const within = (parent: TracePlace | undefined): Context => {
    if (parent === undefined) return api.ROOT_CONTEXT;
    const { traceId, spanId, isSampled } = parent;
    const traceFlags = isSampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE;
    const place = { traceId, spanId, traceFlags, isRemote: true };
    return api.trace.setSpanContext(api.ROOT_CONTEXT, place);
  };
  return {
    begin: (parent, kind) => {
      const span = tracer.startSpan('', { kind: KINDS[kind] }, within(parent));
      return {
        place: toPlace(span.spanContext()),
        end: ({ name, attributes, error }) => {
          span.updateName(name).setAttributes(attributes);
          if (error !== undefined) {
            span.setStatus({ code: api.SpanStatusCode.ERROR, message: error });
          }
          span.end();
        },
      };
    },
    record: ({ name, kind, attributes, error, parent, traceId, startMs, endMs }) => {
      chosen = traceId;
      // As a Date: the SDK takes a number before the start of this process for one of another clock.
      const facts = { kind: KINDS[kind], attributes, startTime: new Date(startMs) };
      const span = tracer.startSpan(name, facts, within(parent));
      chosen = undefined;
      if (error !== undefined) {
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: error });
      }
      span.end(new Date(Math.max(startMs, endMs)));
      return toPlace(span.spanContext());
    },
    // The loss of the last spans is in the log already.
    close: () => provider.shutdown().catch(() => undefined),
  };
}

function toPlace(context: { traceId: string; spanId: string; traceFlags: number }): TracePlace {
  const { traceId, spanId, traceFlags } = context;
  return { traceId, spanId, isSampled: (traceFlags & 1) === 1 };
}

type Exporter = import('@opentelemetry/sdk-trace-base').SpanExporter;

/** Logs when spans are lost: once when it begins, and once when it works again. */
function reporting(sender: Exporter, log: Logger): Exporter {
  let isLosing = false;
  return {
    export: (spans, done) => {
      sender.export(spans, (result) => {
        const hasFailed = result.error !== undefined;
        if (hasFailed && !isLosing) {
          log.warn(
            { err: result.error, spans: spans.length },
            'spans lost, collector out of reach',
          );
        }
        if (!hasFailed && isLosing) log.info('spans are sent again');
        isLosing = hasFailed;
        done(result);
      });
    },
    shutdown: () => sender.shutdown(),
    forceFlush: () => sender.forceFlush?.() ?? Promise.resolve(),
  };
}
