import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDetail } from '@rat/contracts';
import {
  backends,
  eventually,
  openReceiver,
  startFleet,
  type Fleet,
  type Receiver,
} from '@rat/testing';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  service: string;
  attributes: Record<string, unknown>;
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: Pair[] };
    scopeSpans: { spans: (Omit<Span, 'service' | 'attributes'> & { attributes: Pair[] })[] }[];
  }[];
}

interface Pair {
  key: string;
  value: Record<string, unknown>;
}

function toRecord(pairs: readonly Pair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** All spans of one trace that the collector has. */
function spansIn({ received }: Receiver, traceId: string): Span[] {
  return received
    .flatMap(({ body }) => (body as ExportRequest).resourceSpans)
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({
          ...span,
          service: String(toRecord(resource.attributes)['service.name']),
          attributes: toRecord(span.attributes),
        })),
      ),
    )
    .filter((span) => span.traceId === traceId);
}

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

describe.each(backends())('traces on %s', (backend) => {
  let collector: Receiver;
  let fleet: Fleet;
  beforeAll(async () => {
    collector = await openReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    fleet = await startFleet({ backend, apis: 1, runners: 1, env });
    await fleet.putPipeline('default/gold/sales', {
      sql: 'CREATE TEMP TABLE t AS SELECT range AS n FROM range(7); SELECT * FROM t',
      quality_tests: [{ name: 'none', sql: 'SELECT 1 WHERE false' }],
    });
  }, 60_000);
  afterAll(async () => {
    await fleet.close();
    await collector.close();
  });

  test('a request, the queue, the run, its phases and its statements are one tree', async () => {
    const answer = await fetch(`${fleet.apis[0]?.url}/api/v1/runs`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`,
        'x-request-id': 'from-the-caller',
      },
      body: JSON.stringify({ namespace: 'default', layer: 'gold', pipeline: 'sales' }),
    });
    expect(answer.headers.get('traceparent')).toContain(CALLER.traceId);
    const { run_id: runId } = (await answer.json()) as { run_id: string };
    await fleet.spy.waitFor(runId, 'success', 30_000);
    const spans = await eventually('the spans of API and runner', () => {
      const read = spansIn(collector, CALLER.traceId);
      const names = read.map(({ name }) => name);
      return names.includes('publish') && names.includes('POST /api/v1/runs') && read;
    });

    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    const pathOf = ({ name, parentSpanId = '' }: Span): string => {
      const parent = byId.get(parentSpanId);
      if (parent === undefined) expect(parentSpanId).toBe(CALLER.spanId);
      return parent === undefined ? name : `${pathOf(parent)} > ${name}`;
    };
    const run = 'POST /api/v1/runs > queue > run default.gold.sales';
    expect(spans.map(pathOf).toSorted()).toEqual(
      [
        'POST /api/v1/runs',
        'POST /api/v1/runs > queue',
        run,
        ...['branch', 'build', 'detect', 'publish', 'quality', 'write'].map(
          (phase) => `${run} > ${phase}`,
        ),
        `${run} > build > statement 1`,
        `${run} > write > statement 2`,
      ].toSorted(),
    );
    for (const span of spans) {
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    }
    const own = spans.find(({ name }) => name.startsWith('run '));
    expect(own).toMatchObject({
      service: 'rat-runner',
      attributes: { 'rat.run_id': runId, 'rat.status': 'success', 'rat.rows_written': 7 },
    });
    expect(spans.find(({ name }) => name.startsWith('POST'))?.service).toBe('rat-api');

    const detail = runDetail.parse(await fleet.getJson(`/runs/${runId}`));
    expect(detail).toMatchObject({ request_id: 'from-the-caller', trace_id: CALLER.traceId });
    const line = await fleet.runners[0]?.waitForLine(/"run settled"/);
    expect(JSON.parse(line ?? '')).toMatchObject({
      run_id: runId,
      request_id: 'from-the-caller',
      trace_id: CALLER.traceId,
    });
  }, 60_000);
});

test('without an endpoint the API keeps the trace of its caller for the run, also for one of a schedule', async () => {
  const fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0 });
  const send = async (method: string, path: string, body: object): Promise<Response> =>
    fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`,
      },
      body: JSON.stringify(body),
    });
  const traceOf = async (made: Response): Promise<string | null> => {
    expect(made.status).toBe(202);
    expect(made.headers.has('traceparent')).toBe(false);
    const { run_id: runId } = (await made.json()) as { run_id: string };
    return runDetail.parse(await fleet.getJson(`/runs/${runId}`)).trace_id;
  };
  try {
    await fleet.putPipeline('default/gold/sales', {
      sql: 'SELECT 1 AS n',
      config: { concurrency: { limit: 2 } },
    });
    const run = { namespace: 'default', layer: 'gold', pipeline: 'sales' };
    expect(await traceOf(await send('POST', '/runs', run))).toBe(CALLER.traceId);
    const path = '/pipelines/default/gold/sales/schedules/yearly';
    const schedule = await send('PUT', path, { cron: '0 0 1 1 *' });
    const { id } = (await schedule.json()) as { id: string };
    expect(await traceOf(await send('POST', `/schedules/${id}/run`, {}))).toBe(CALLER.traceId);
  } finally {
    await fleet.close();
  }
}, 60_000);
