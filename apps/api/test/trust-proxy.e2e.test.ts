import { afterEach, expect, test } from '@jest/globals';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { LogReader } from './log-reader.ts';

let api: ApiFixture;
let logs: LogReader;
afterEach(async () => {
  logs.closeAll();
  await api.close();
});

/** The status of one more stream for a client that a proxy says it forwards for. */
async function statusFor(address: string, runId: string): Promise<number> {
  const headers = { 'x-forwarded-for': address };
  return (await logs.connect(runId, { headers })).status;
}

test('by default what a client says of its address counts for nothing', async () => {
  api = await openApi({ maxStreams: 100, maxStreamsPerClient: 2 });
  logs = new LogReader(api.url);
  const runId = await api.runner.start();
  expect(await statusFor('192.0.2.1', runId)).toBe(200);
  expect(await statusFor('192.0.2.2', runId)).toBe(200);
  expect(await statusFor('192.0.2.3', runId)).toBe(429);
});

test('behind a trusted proxy each client has streams of its own', async () => {
  api = await openApi({ maxStreams: 100, maxStreamsPerClient: 2, trustProxy: 'loopback' });
  logs = new LogReader(api.url);
  const runId = await api.runner.start();
  for (const address of ['192.0.2.1', '192.0.2.2']) {
    expect(await statusFor(address, runId)).toBe(200);
    expect(await statusFor(address, runId)).toBe(200);
    expect(await statusFor(address, runId)).toBe(429);
  }
});

test('hops beyond the trusted ones are what they say they are: nobody', async () => {
  api = await openApi({ maxStreams: 100, maxStreamsPerClient: 1, trustProxy: 1 });
  logs = new LogReader(api.url);
  const runId = await api.runner.start();
  expect(await statusFor('203.0.113.9, 192.0.2.1', runId)).toBe(200);
  expect(await statusFor('203.0.113.8, 192.0.2.1', runId)).toBe(429);
});
