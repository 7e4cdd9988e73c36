import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { RatClient } from './rat-client.ts';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

type Step = (response: ServerResponse) => void;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A server that answers each request by the next step, and by the last one from then on. */
async function serve(...steps: Step[]): Promise<{ rat: RatClient; baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      seen.push({ method, url, headers, body });
      (steps[seen.length - 1] ?? steps.at(-1))?.(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { rat: new RatClient({ baseUrl }), baseUrl, seen };
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Step =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
const refuse = (status: number, error: object = {}, headers: Record<string, string> = {}): Step =>
  answer(status, { error: { code: 'CODE', type: 'TYPE', message: 'refused', ...error } }, headers);
const cut: Step = (response) => response.destroy();
const cutBody: Step = (response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"run_id":', () => response.destroy());
};
const down = refuse(503, {}, { 'retry-after': '0' });

const ref = { namespace: 'default', layer: 'gold', pipeline: 'daily' };

describe('a request', () => {
  test('path, query, body and headers of a call are those of its operation', async () => {
    const { baseUrl, seen } = await serve(answer(200, { ok: true }));
    const rat = new RatClient({ baseUrl: `${baseUrl}/`, token: 'secret' });
    await rat.versions.get({ namespace: 'a', layer: 'gold', name: 'b', version: 3 });
    await rat.runs.list({ status: ['failed', 'cancelled'], from: new Date(0) }).first();
    await rat.files.read('a/pipelines/gold/b c/pipeline.sql');
    await rat.drafts.put(
      { namespace: 'a', layer: 'gold', name: 'b' },
      { sql: 'SELECT 1' },
      {
        headers: { 'if-match': '"1"' },
      },
    );
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/pipelines/a/gold/b/versions/3',
      'GET /api/v1/runs?status=failed%2Ccancelled&from=1970-01-01T00%3A00%3A00.000Z',
      'GET /api/v1/files/a/pipelines/gold/b%20c/pipeline.sql',
      'PUT /api/v1/pipelines/a/gold/b/draft',
    ]);
    expect(seen[3]).toMatchObject({
      body: '{"sql":"SELECT 1"}',
      headers: {
        accept: 'application/json',
        authorization: 'Bearer secret',
        'content-type': 'application/json',
        'if-match': '"1"',
      },
    });
    expect(seen[3]?.headers).not.toHaveProperty('idempotency-key');
  });

  test('a file is uploaded as it is', async () => {
    const { rat, seen } = await serve(answer(201, { name: 'a.csv' }));
    await rat.landingZones.upload({ namespace: 'a', zone: 'z' }, 'x,y\n', { name: 'a.csv' });
    expect(seen[0]).toMatchObject({
      url: '/api/v1/landing-zones/a/z/files?name=a.csv',
      body: 'x,y\n',
      headers: { 'content-type': 'application/octet-stream' },
    });
  });

  test('an answer without content is undefined, and `response` has the headers of any answer', async () => {
    const { rat } = await serve(answer(204, undefined, { etag: '"7"' }));
    expect(await rat.tokens.delete('1')).toBeUndefined();
    expect((await rat.tokens.delete.response('1')).headers.get('etag')).toBe('"7"');
  });
});

describe('retries', () => {
  test('a run is requested again under the same key after lost and broken answers', async () => {
    const { rat, seen } = await serve(cut, down, cutBody, answer(202, { run_id: '1' }));
    expect(await rat.runs.create(ref)).toEqual({ run_id: '1' });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    const second = await serve(answer(202, { run_id: '2' }));
    await second.rat.runs.create(ref, { idempotencyKey: 'mine' });
    expect(second.seen[0]?.headers['idempotency-key']).toBe('mine');
  });

  test('what must not be repeated is sent once, unless it was refused by the rate limit', async () => {
    const broken = await serve(down);
    await expect(broken.rat.runs.discard('1', { reason: 'x' })).rejects.toThrow('refused');
    expect(broken.seen).toHaveLength(1);
    const limited = await serve(refuse(429, {}, { 'retry-after': '0' }), answer(200, { ok: true }));
    await limited.rat.runs.discard('1', { reason: 'x' });
    expect(limited.seen).toHaveLength(2);
  });

  test('the last error is thrown after as many retries as the caller allows', async () => {
    const { rat, seen } = await serve(down);
    await expect(rat.runs.get('1', { retries: 2 })).rejects.toMatchObject({
      name: 'UnavailableError',
    });
    expect(seen).toHaveLength(3);
  });

  test('each try has its own address and its own time', async () => {
    const silent = await serve(() => undefined);
    const lively = await serve(answer(200, { id: '1' }));
    const urls = [silent.baseUrl, lively.baseUrl];
    const rat = new RatClient({ baseUrl: () => urls.shift() ?? '', timeoutMs: 100 });
    expect(await rat.runs.get('1')).toEqual({ id: '1' });
  });

  test('an abort ends a request and its retries with the reason of the caller', async () => {
    const { rat } = await serve(refuse(503, {}, { 'retry-after': '30' }));
    const reason = new Error('enough');
    const aborting = new AbortController();
    const call = rat.runs.get('1', { signal: aborting.signal });
    setImmediate(() => aborting.abort(reason));
    await expect(call).rejects.toBe(reason);
  });
});

describe('errors', () => {
  test.each([
    [400, 'InvalidArgumentError'],
    [401, 'UnauthenticatedError'],
    [403, 'ForbiddenError'],
    [404, 'NotFoundError'],
    [409, 'ConflictError'],
    [412, 'PreconditionError'],
    [422, 'InvalidArgumentError'],
    [500, 'RatError'],
  ])('a %d is a %s with the facts of the answer', async (status, name) => {
    const issues = [{ path: 'sql', message: 'is missing' }];
    const error = { code: 'WORD', run_id: '9', issues };
    const { rat, seen } = await serve(refuse(status, error, { 'x-request-id': 'r1' }));
    const facts = { status, code: 'WORD', requestId: 'r1', issues, message: 'refused' };
    await expect(rat.runs.get('1')).rejects.toMatchObject({ name, ...facts });
    expect(seen).toHaveLength(1);
  });

  test('a conflict names the run in the way', async () => {
    const { rat } = await serve(refuse(409, { run_id: '9' }));
    await expect(rat.runs.create(ref)).rejects.toMatchObject({ runId: '9' });
  });

  test('an answer of another program is an error with its status', async () => {
    const { rat } = await serve((response) => response.writeHead(404).end('<html>'));
    await expect(rat.runs.get('1')).rejects.toMatchObject({ name: 'NotFoundError', status: 404 });
  });

  test('an API that does not listen is a ConnectionError with status 0', async () => {
    const rat = new RatClient({ baseUrl: 'http://127.0.0.1:9', retries: 0 });
    await expect(rat.runs.get('1')).rejects.toMatchObject({ name: 'ConnectionError', status: 0 });
  });
});

describe('lists', () => {
  test('a list by cursor reads every page until there is no further one', async () => {
    const { rat, seen } = await serve(
      answer(200, { runs: [{ id: '1' }, { id: '2' }], next_cursor: 'c/1' }),
      answer(200, { runs: [{ id: '3' }], next_cursor: null }),
    );
    const ids: string[] = [];
    for await (const run of rat.runs.list({ namespace: 'a' })) ids.push(run.id);
    expect(ids).toEqual(['1', '2', '3']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/v1/runs?limit=200&namespace=a',
      '/api/v1/runs?limit=200&namespace=a&cursor=c%2F1',
    ]);
  });

  test('a list by offset ends at its total', async () => {
    const { rat, seen } = await serve(
      answer(200, { pipelines: [{ name: 'a' }, { name: 'b' }], total: 3 }),
      answer(200, { pipelines: [{ name: 'c' }], total: 3 }),
    );
    const names: string[] = [];
    for await (const { name } of rat.pipelines.list({ limit: 2 })) names.push(name);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/v1/pipelines?limit=2',
      '/api/v1/pipelines?limit=2&offset=2',
    ]);
  });

  test('a log is read page by page', async () => {
    const { rat, seen } = await serve(
      answer(200, { logs: [{ seq: 1 }], status: 'success', next_after: 1 }),
      answer(200, { logs: [{ seq: 2 }], status: 'success' }),
    );
    const seqs: number[] = [];
    for await (const { seq } of rat.runs.logs('1')) seqs.push(seq);
    expect(seqs).toEqual([1, 2]);
    expect(seen[1]?.url).toBe('/api/v1/runs/1/logs?after=1');
  });
});
