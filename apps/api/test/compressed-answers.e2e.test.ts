import { request, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runList } from '@rat/contracts';
import { createRun } from '@rat/store';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

interface RawAnswer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  /** As it was sent. */
  body: Buffer;
}

const RUNS = 120;
const LINES = 2_000;

describe('answers on a slow network', () => {
  let api: ApiFixture;
  let runId: string;

  /** Other clients decompress by themselves. */
  function get(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const asked = request(`${api.url}${path}`, { headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const { statusCode: status } = answer;
          resolve({ status, headers: answer.headers, body: Buffer.concat(parts) });
        });
        answer.on('error', reject);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  beforeAll(async () => {
    api = await openApi();
    for (let made = 0; made < RUNS; made += 1) {
      const run = { pipeline: ORDERS, trigger: { kind: 'manual' } } as const;
      ({ id: runId } = await createRun(api.db, run));
    }
    await api.runner.claim(runId);
    const lines = Array.from({ length: LINES }, (_, line) => `read ${line} rows of part ${line}`);
    await api.runner.log(runId, lines);
    await api.runner.succeed(runId);
  });
  afterAll(() => api.close());

  test.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ])('a long list is compressed with %s for a client that takes it', async (coding, unpack) => {
    const path = `/api/v1/runs?limit=${RUNS}`;
    const plain = await get(path);
    const packed = await get(path, { 'Accept-Encoding': coding });

    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['content-encoding']).toBe(coding);
    expect(packed.headers.vary).toContain('Accept-Encoding');
    expect(packed.body.length * 4).toBeLessThan(plain.body.length);
    expect(unpack(packed.body).equals(plain.body)).toBe(true);
    expect(runList.parse(JSON.parse(plain.body.toString())).runs).toHaveLength(RUNS);
  });

  test.each(['json', 'ndjson', 'text'])('a log as %s is compressed', async (format) => {
    const path = `/api/v1/runs/${runId}/logs?format=${format}`;
    const plain = await get(path);
    const packed = await get(path, { 'Accept-Encoding': 'gzip' });

    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.body.length * 4).toBeLessThan(plain.body.length);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    expect(plain.body.toString()).toContain(`read ${LINES - 1} rows`);
  });

  test('a short answer is sent as it is', async () => {
    const short = await get(`/api/v1/runs/${runId}`, { 'Accept-Encoding': 'gzip, br' });

    expect(short.status).toBe(200);
    expect(short.headers['content-encoding']).toBeUndefined();
    expect(Number(short.headers['content-length'])).toBe(short.body.length);
  });

  test('an event stream is never compressed, so that each event arrives at once', async () => {
    const path = `/api/v1/runs/${runId}/logs?format=event-stream`;
    const events = await get(path, { 'Accept-Encoding': 'gzip, br' });

    expect(events.headers['content-type']).toContain('text/event-stream');
    expect(events.headers['content-encoding']).toBeUndefined();
    expect(events.body.toString()).toContain(`read ${LINES - 1} rows`);
  });

  test('a client that takes no compression gets none', async () => {
    const path = `/api/v1/runs?limit=${RUNS}`;
    const plain = await get(path, { 'Accept-Encoding': 'gzip;q=0, identity' });

    expect(plain.headers['content-encoding']).toBeUndefined();
    JSON.parse(plain.body.toString());
  });
});
