import { afterEach, expect, test } from '@jest/globals';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { LogReader } from './log-reader.ts';

let api: ApiFixture;
let logs: LogReader;
afterEach(async () => {
  logs.closeAll();
  await api.close();
});

/** Opens one more stream as a proxy for the client `address`, and returns the status. */
async function statusFor(address: string, runId: string): Promise<number> {
  const headers = { 'x-forwarded-for': address };
  return (await logs.connect(runId, { headers })).status;
}

test('X-Forwarded-For is ignored by default', async () => {
  api = await openApi({ maxStreams: 100, maxStreamsPerClient: 2 });
  logs = new LogReader(api.url);
  const runId = await api.runner.start();
  expect(await statusFor('192.0.2.1', runId)).toBe(200);
  expect(await statusFor('192.0.2.2', runId)).toBe(200);
  expect(await statusFor('192.0.2.3', runId)).toBe(429);
});

test('clients behind a trusted proxy have separate limits on streams', async () => {
  api = await openApi({ maxStreams: 100, maxStreamsPerClient: 2, trustProxy: 'loopback' });
  logs = new LogReader(api.url);
  const runId = await api.runner.start();
  for (const address of ['192.0.2.1', '192.0.2.2']) {
    expect(await statusFor(address, runId)).toBe(200);
    expect(await statusFor(address, runId)).toBe(200);
    expect(await statusFor(address, runId)).toBe(429);
  }
});

test('addresses that hops before the trusted one report are ignored', async () => {
  api = await openApi({ maxStreams: 100, maxStreamsPerClient: 1, trustProxy: 1 });
  logs = new LogReader(api.url);
  const runId = await api.runner.start();
  expect(await statusFor('203.0.113.9, 192.0.2.1', runId)).toBe(200);
  expect(await statusFor('203.0.113.8, 192.0.2.1', runId)).toBe(429);
});
