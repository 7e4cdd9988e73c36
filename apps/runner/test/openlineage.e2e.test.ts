import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  checkLineageEvent,
  eventually,
  openReceiver,
  startFleet,
  type Fleet,
  type Receiver,
} from '@rat/testing';

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

interface Event {
  eventType: string;
  run: { runId: string; facets: Record<string, { message?: string }> };
  inputs: { name: string; facets: Record<string, unknown> }[];
  outputs: { name: string; facets: Record<string, unknown>; outputFacets: object }[];
}

let receiver: Receiver;
let fleet: Fleet;
beforeAll(async () => {
  receiver = await openReceiver();
  const env = {
    OPENLINEAGE_URL: receiver.url,
    OPENLINEAGE_API_KEY: 'the-key',
    RAT_METRICS_PORT: '0',
  };
  // Two: only one of them sends at a time.
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 2, env });
  await fleet.putPipeline('default/silver/orders', { sql: 'SELECT range AS id FROM range(7)' });
  await fleet.putPipeline('default/gold/sales', {
    sql: `SELECT count(*) AS orders FROM {{ ref('silver.orders') }}`,
  });
  await fleet.putPipeline('default/gold/bad', { sql: 'SELECT nothing FROM nowhere' });
  await fleet.putPipeline('default/gold/endless', { sql: ENDLESS });
  await eventually('a runner sends', async () => {
    const rows = await fleet.query<{ holder: string | null }>(
      'SELECT holder FROM openlineage_cursor',
    );
    return rows[0]?.holder !== undefined && rows[0].holder !== null;
  });
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await receiver.close();
});

function eventsOf(runId: string): Event[] {
  return receiver.received
    .map(({ body }) => body as Event)
    .filter(({ run }) => run.runId === runId);
}

async function bothEvents(runId: string): Promise<Event[]> {
  return eventually(
    'start and end are sent',
    () => {
      const events = eventsOf(runId);
      return events.length >= 2 && events;
    },
    30_000,
  );
}

test('a run sends START and COMPLETE with the versions, columns and rows of what it read and wrote', async () => {
  const orders = await fleet.createRun('default/silver/orders');
  await fleet.spy.waitFor(orders, 'success', 30_000);
  const sales = await fleet.createRun('default/gold/sales');
  await fleet.spy.waitFor(sales, 'success', 30_000);
  const events = await bothEvents(sales);
  expect(events.flatMap(checkLineageEvent)).toEqual([]);
  expect(events.map(({ eventType }) => eventType)).toEqual(['START', 'COMPLETE']);
  expect(events[1]).toMatchObject({
    inputs: [
      {
        name: 'default.silver.orders',
        facets: { schema: { fields: [{ name: 'id', type: 'long' }] } },
      },
    ],
    outputs: [
      {
        name: 'default.gold.sales',
        facets: { schema: { fields: [{ name: 'orders', type: 'long' }] } },
        outputFacets: { outputStatistics: { rowCount: 1 } },
      },
    ],
  });
  const [first] = receiver.received;
  expect(first?.path).toBe('/api/v1/lineage');
  expect(first?.headers['authorization']).toBe('Bearer the-key');
}, 90_000);

test('a failed run sends FAIL with its message, and a cancelled one ABORT', async () => {
  const bad = await fleet.createRun('default/gold/bad');
  const endless = await fleet.createRun('default/gold/endless');
  await fleet.spy.waitFor(bad, 'failed', 30_000);
  await fleet.spy.waitFor(endless, 'running', 30_000);
  await fetch(`${fleet.apis[0]?.url}/api/v1/runs/${endless}/cancel`, { method: 'POST' });
  await fleet.spy.waitFor(endless, 'cancelled', 30_000);
  const [failed, aborted] = [await bothEvents(bad), await bothEvents(endless)];
  expect([...failed, ...aborted].flatMap(checkLineageEvent)).toEqual([]);
  expect(failed[1]).toMatchObject({ eventType: 'FAIL' });
  expect(failed[1]?.run.facets['errorMessage']?.message).toContain('nowhere');
  expect(aborted[1]).toMatchObject({ eventType: 'ABORT' });
}, 90_000);

test('runs go on while the receiver is down, and their events arrive afterwards, in order', async () => {
  receiver.answerWith(503);
  const during = await fleet.createRun('default/silver/orders');
  await fleet.spy.waitFor(during, 'success', 30_000);
  const [one, other] = fleet.runners;
  await Promise.any([
    one?.waitForLine(/lineage events wait, receiver out of reach/),
    other?.waitForLine(/lineage events wait, receiver out of reach/),
  ]);
  expect(eventsOf(during)).toEqual([]);
  receiver.answerWith(200);
  const events = await bothEvents(during);
  expect(events.map(({ eventType }) => eventType)).toEqual(['START', 'COMPLETE']);
}, 90_000);

test('an event that the receiver refuses for good is logged and does not stop the next ones', async () => {
  receiver.answerWith(422);
  const refused = await fleet.createRun('default/silver/orders');
  await fleet.spy.waitFor(refused, 'success', 30_000);
  const [one, other] = fleet.runners;
  const line = new RegExp(`"${refused}".*"event":"COMPLETE".*lineage event refused, left out`);
  await Promise.any([one?.waitForLine(line), other?.waitForLine(line)]);
  receiver.answerWith(200);
  const next = await fleet.createRun('default/silver/orders');
  await fleet.spy.waitFor(next, 'success', 30_000);
  await bothEvents(next);
  expect(eventsOf(refused)).toEqual([]);
}, 90_000);

test('an event at which the receiver fails every time is left out after some tries, and logged once', async () => {
  receiver.answerWith(500);
  const hopeless = await fleet.createRun('default/silver/orders');
  await fleet.spy.waitFor(hopeless, 'success', 30_000);
  const [one, other] = fleet.runners;
  const left = new RegExp(
    `"${hopeless}".*"tries":5.*lineage event failed at the receiver, left out`,
  );
  await Promise.any([one?.waitForLine(left, 90_000), other?.waitForLine(left, 90_000)]);
  receiver.answerWith(200);
  const next = await fleet.createRun('default/silver/orders');
  await fleet.spy.waitFor(next, 'success', 30_000);
  await bothEvents(next);
  expect(eventsOf(hopeless).map(({ eventType }) => eventType)).not.toContain('START');
  const metrics = await Promise.all(
    fleet.runners.map(async (runner) => {
      const served = JSON.parse(await runner.waitForLine(/metrics served/)) as { port: number };
      return (await fetch(`http://127.0.0.1:${served.port}/metrics`)).text();
    }),
  );
  expect(metrics.join('\n')).toContain('rat_openlineage_events_left_out_total{reason="failed"} 1');
}, 150_000);
