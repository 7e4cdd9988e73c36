import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATIONS, type Operation } from '@rat/contracts';
import { CHROMIUM, findForSuite, openPage, type BrowserPage } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';

/** The site of a page of another origin, whose pages `RAT_CORS_ORIGINS` lets in. */
let portal: Server;
let origin: string;
let api: ApiFixture;
beforeAll(async () => {
  portal = createServer((_req, res) => {
    res.setHeader('Content-Type', 'text/html').end('<title>portal</title>');
  });
  await new Promise<void>((resolve) => {
    portal.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(portal.address() as AddressInfo).port}`;
  api = await openApi({ allowedOrigins: origin });
});
afterAll(async () => {
  await api.close();
  portal.closeAllConnections();
  portal.close();
});

/** What a browser asks before a request that a form could not send. */
async function preflight(path: string, method: string, headers: string): Promise<Response> {
  return fetch(`${api.url}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  });
}

/** The check of a browser on the answer to a preflight (the Fetch standard, "CORS-preflight fetch"). */
function isGranted({ status, headers }: Response, method: string, wanted: string): boolean {
  const list = (name: string): string[] =>
    (headers.get(name) ?? '').split(',').map((part) => part.trim().toLowerCase());
  const isSimple = ['GET', 'HEAD', 'POST'].includes(method);
  return (
    status >= 200 &&
    status < 300 &&
    headers.get('access-control-allow-origin') === origin &&
    headers.get('access-control-allow-credentials') === 'true' &&
    (isSimple || list('access-control-allow-methods').includes(method.toLowerCase())) &&
    wanted.split(',').every((name) => list('access-control-allow-headers').includes(name))
  );
}

/** The headers that clients set, as a browser lists them: in lower case, sorted. */
const HEADERS = 'authorization,content-type,idempotency-key,if-match,if-none-match,x-requested-by';

const operations: [string, Operation][] = Object.entries(OPERATIONS);

test.each(operations)('a page of a named origin is granted %s', async (_id, { method, path }) => {
  const wanted = method.toUpperCase();
  const real = path.replaceAll(/\{\w+\}/g, 'x');
  expect(isGranted(await preflight(real, wanted, HEADERS), wanted, HEADERS)).toBe(true);
});

test('a page of a named origin is granted nothing beyond what the API reads', async () => {
  const answer = await preflight('/api/v1/runs', 'PATCH', 'x-other');
  expect(isGranted(answer, 'PATCH', HEADERS)).toBe(false);
  expect(isGranted(answer, 'POST', 'x-other')).toBe(false);
});

test.each(['/api/v1/pipelines', '/api/v1/no/such/route', '/api/v1/permissions/grants'])(
  'every answer to a page of a named origin is readable, with its request id: %s',
  async (path) => {
    const { headers } = await fetch(`${api.url}${path}`, { headers: { origin } });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    const readable = headers.get('access-control-expose-headers')?.toLowerCase().split(', ');
    expect(readable).toEqual(expect.arrayContaining(['etag', 'location', 'x-request-id']));
  },
);

const program = await findForSuite(CHROMIUM);

(program === undefined ? describe.skip : describe)('in a real browser', () => {
  let page: BrowserPage;
  beforeAll(async () => {
    page = await openPage(program ?? '', `${origin}/`);
  }, 60_000);
  afterAll(() => page.close());

  test('a page of a named origin writes with If-Match, reads the tag, and deletes', async () => {
    const seen = await page.evaluate<unknown>(`(async () => {
      const path = '${api.url}/api/v1/pipelines/default/bronze/paged';
      const send = (method, body, headers = {}) => fetch(path, {
        method, credentials: 'include',
        headers: { authorization: 'Bearer none', ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      const made = await send('PUT', { sql: 'SELECT 1 AS n' });
      const tag = (await send('GET')).headers.get('etag');
      const changed = await send('PUT', { sql: 'SELECT 2 AS n' }, { 'if-match': tag });
      const stale = await send('PUT', { sql: 'SELECT 3 AS n' }, { 'if-match': tag });
      const gone = await send('DELETE');
      return {
        statuses: [made, changed, stale, gone].map(({ status }) => status),
        hasTag: tag !== null,
        id: made.headers.get('x-request-id') !== null,
        code: (await stale.json()).error.code,
      };
    })()`);
    expect(seen).toEqual({
      statuses: [201, 200, 412, 204],
      hasTag: true,
      id: true,
      code: 'PRECONDITION_FAILED',
    });
  }, 60_000);

  test('a page of a named origin uploads a form and follows a run by EventSource', async () => {
    const runId = await api.runner.start();
    await api.runner.log(runId, ['hello']);
    const seen = await page.evaluate<unknown>(`(async () => {
      const form = new FormData();
      form.set('file', new Blob(['n\\n1\\n']), 'a.csv');
      // No runner takes files here: what counts is that the page may send it and read the answer.
      const sent = await fetch('${api.url}/api/v1/landing-zones/default/z/files', { method: 'POST', body: form });
      const source = new EventSource('${api.url}/api/v1/runs/${runId}/logs', { withCredentials: true });
      const line = await new Promise((resolve, reject) => {
        source.addEventListener('log', (event) => resolve(JSON.parse(event.data).message));
        source.addEventListener('error', () => reject(new Error('the stream broke')));
      });
      source.close();
      return { upload: (await sent.json()).error.code, line };
    })()`);
    expect(seen).toEqual({ upload: 'UNAVAILABLE', line: 'hello' });
  }, 60_000);
});
