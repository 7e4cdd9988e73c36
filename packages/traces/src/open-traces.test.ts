import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { openReceiver, type Receiver } from '@rat/testing';
import { openTraces, type Traces } from './open-traces.ts';
import { parseTraceparent } from './traceparent.ts';
import { openConfiguredTraces } from './traces-env.ts';

const log = createLogger('test', { level: 'silent' });

let collector: Receiver;
let traces: Traces;
beforeEach(async () => {
  collector = await openReceiver();
  traces = await openTraces({
    endpoint: `${collector.url}/`,
    headers: { 'x-key': 'k' },
    serviceName: 'rat-test',
    version: '1',
    log,
  });
});
afterEach(async () => {
  await traces.close();
  await collector.close();
});

function spansOf({ received }: Receiver): Record<string, unknown>[] {
  return received.flatMap(({ body }) =>
    (body as { resourceSpans: { scopeSpans: { spans: never[] }[] }[] }).resourceSpans.flatMap(
      ({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans),
    ),
  );
}

/** Before the start of this process: a run may be older than its runner. */
const FACTS = { kind: 'internal', attributes: {}, startMs: 1_000, endMs: 2_000 } as const;

test('ended work is sent as spans of one trace, with its own times and the headers of the collector', async () => {
  const traceId = 'a'.repeat(32);
  const parent = traces.record({ ...FACTS, name: 'run', parent: undefined, traceId });
  traces.record({ ...FACTS, name: 'write', parent, error: 'sql_error' });
  await traces.close();
  expect(collector.received[0]).toMatchObject({
    path: '/v1/traces',
    headers: { 'x-key': 'k', 'content-type': 'application/json' },
  });
  expect(spansOf(collector)).toMatchObject([
    { name: 'run', traceId, spanId: parent.spanId, startTimeUnixNano: '1000000000' },
    {
      name: 'write',
      traceId,
      parentSpanId: parent.spanId,
      endTimeUnixNano: '2000000000',
      status: { code: 2, message: 'sql_error' },
    },
  ]);
});

test('a span that began has a place before it ends, and is sent only when it ends', async () => {
  const parent = parseTraceparent(`00-${'b'.repeat(32)}-${'c'.repeat(16)}-01`);
  const request = traces.begin(parent, 'server');
  traces.begin(parent, 'server');
  expect(request.place).toMatchObject({ traceId: 'b'.repeat(32), isSampled: true });
  request.end({ name: 'GET /', attributes: { status: 200 } });
  await traces.close();
  expect(spansOf(collector).map(({ name }) => name)).toEqual(['GET /']);
});

test('a trace that its caller does not record is not recorded here', async () => {
  const parent = parseTraceparent(`00-${'b'.repeat(32)}-${'c'.repeat(16)}-00`);
  expect(traces.record({ ...FACTS, name: 'run', parent }).isSampled).toBe(false);
  await traces.close();
  expect(collector.received).toEqual([]);
});

test('while the collector is down spans are recorded as before, and close ends within seconds', async () => {
  await collector.close();
  for (let n = 0; n < 10_000; n += 1) {
    traces.record({ ...FACTS, name: 'run', parent: undefined });
  }
  const start = performance.now();
  await traces.close();
  expect(performance.now() - start).toBeLessThan(10_000);
  collector = await openReceiver();
}, 30_000);

test('without an endpoint there are no traces', async () => {
  const process = { serviceName: 'rat-test', version: '1', log };
  expect(await openConfiguredTraces({}, process)).toBeUndefined();
});
