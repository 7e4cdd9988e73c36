import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorEnvelope } from '@rat/contracts';
import type { Router } from 'express';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
let routes: { method: 'get' | 'post' | 'put' | 'delete'; path: string; query: string }[];

/** The parameters that a route cannot do without, by the end of its path. */
const REQUIRED: Record<string, string> = {
  'silver/orders/versions/diff': 'from=1',
  'silver/orders/diff': 'from=main',
  '/search': 'q=orders',
  '/lineage/columns': 'table=silver.orders',
};

const UNKNOWN_RUN = '00000000-0000-4000-8000-000000000000';

beforeAll(async () => {
  api = await openApi({ bodyDeadlineMs: 300, allowedHosts: 'runs.example' });
  http = supertest(api.url);
  routes = mountedRoutes();
}, 60_000);
afterAll(() => api.close());

function requiredOf(path: string): string {
  return Object.entries(REQUIRED).find(([end]) => path.endsWith(end))?.[1] ?? '';
}

/** Every method of every mounted path, with parameters filled in. */
function mountedRoutes(): typeof routes {
  const { stack } = api.app.router as unknown as Router;
  return stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const path = route.path
      .replace(':namespace', 'default')
      .replace(':layer', 'silver')
      .replace(/runners\/:id/, 'runners/unknown')
      .replace(':id', UNKNOWN_RUN)
      .replace('*path', 'default/pipelines/silver/orders/pipeline.sql')
      .replace(/:(?:name|zone|test)/g, 'orders');
    const methods = new Set(route.stack.map(({ method }) => method));
    return (['get', 'post', 'put', 'delete'] as const)
      .filter((method) => methods.has(method))
      .map((method) => ({ method, path, query: requiredOf(path) }));
  });
}

function refusalIn(answer: { status: number; body: unknown }): { status: number; message: string } {
  return { status: answer.status, message: errorEnvelope.parse(answer.body).error.message };
}

/** Sends raw bytes and returns the response until the server closes. */
async function sendRaw(text: string | Buffer): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return answer;
}

function rawRefusal(answer: string): { status: number; message: string } {
  const body: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  return refusalIn({ status: Number(answer.split(' ')[1]), body });
}

describe('every mounted route', () => {
  test('every route refuses an unknown parameter by name', async () => {
    expect(routes.length).toBeGreaterThan(30);
    for (const { method, path, query } of routes) {
      const answer = await http[method](`${path}?${query}&unheard_of=1`);
      expect({ method, path, ...refusalIn(answer) }).toEqual({
        method,
        path,
        status: 400,
        message: 'unknown parameter unheard_of',
      });
    }
  }, 60_000);

  test('every route refuses an unknown key of a body by name', async () => {
    for (const { method, path, query } of routes) {
      // The body of an upload, or of a delivery, may be of any content type.
      if (method === 'post' && /\/(?:files|samples|upload)$|\/webhooks/.test(path)) continue;
      const answer = await http[method](`${path}?${query}`).send({ unheard_of: 1 });
      expect({ method, path, status: answer.status }).toEqual({
        method,
        path,
        status: expect.any(Number),
      });
      const { status, message } = refusalIn(answer);
      expect([method, path, [400, 422].includes(status)]).toEqual([method, path, true]);
      expect([path, JSON.stringify(answer.body)]).toEqual([
        path,
        expect.stringContaining('unheard_of'),
      ]);
      expect(message).not.toContain('    at ');
    }
  }, 60_000);

  test('every route refuses a repeated parameter', async () => {
    for (const { method, path } of routes) {
      const answer = await http[method](`${path}?limit=1&limit=2`);
      expect([path, refusalIn(answer)]).toEqual([
        path,
        { status: 400, message: 'limit: must be given once' },
      ]);
    }
  }, 60_000);
});

const ORDERS = { namespace: 'default', layer: 'silver', pipeline: 'orders' };

test.each([
  [{ full_refesh: true }, 'unknown key full_refesh; did you mean full_refresh?'],
  [{ fullRefresh: true }, 'unknown key fullRefresh; did you mean full_refresh?'],
  [{ timeout_seconds: true }, 'timeout_seconds: must be a whole number from 1 to 86400, not true'],
  [{ timeout_seconds: [5] }, 'timeout_seconds: must be a whole number from 1 to 86400, not a list'],
  [
    { timeout_seconds: '0x10' },
    'timeout_seconds: must be a whole number from 1 to 86400, not a string',
  ],
  [{ timeout_seconds: 1.5 }, 'timeout_seconds: must be a whole number, not 1.5'],
  [{ max_retries: false }, 'max_retries: must be a whole number from 0 to 20, not false'],
  [{ max_retries: [] }, 'max_retries: must be a whole number from 0 to 20, not a list'],
  [{ max_retries: 21 }, 'max_retries: must be at most 20'],
  [{ priority: '5' }, 'priority: must be a whole number from -100 to 100, not a string'],
  [{ trigger: '\u202e' }, 'trigger must be at most 100 printable characters'],
  [{ trigger: ' ' }, 'trigger must be at most 100 printable characters'],
])('POST /runs with %j creates no run', async (more, message) => {
  const answer = await http.post('/api/v1/runs').send({ ...ORDERS, ...more });
  expect(refusalIn(answer)).toEqual({ status: 400, message });
});

test.each(['\u202e', '\u200b', '\ufeff', '\u3164', ' ', 'fine\u202e'])(
  'a publish with the invisible reason %j is refused',
  async (reason) => {
    const answer = await http.post(`/api/v1/runs/${UNKNOWN_RUN}/publish`).send({ reason });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(/^reason: must/);
  },
);

test.each(['1e3', '%205', '%2B5', '0x10', '%D9%A5', '5.0', '-1', 'true'])(
  'a limit of %s is refused by every list and preview',
  async (limit) => {
    for (const path of [
      '/api/v1/runs',
      '/api/v1/pipelines',
      '/api/v1/tables',
      '/api/v1/tables/default/silver/orders/preview',
      `/api/v1/runs/${UNKNOWN_RUN}/logs`,
      '/api/v1/landing-zones',
      '/api/v1/landing-zones/default',
    ]) {
      const answer = await http.get(`${path}?limit=${limit}`);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(answer.body.error.message).toMatch(/^limit: must be a whole number/);
    }
  },
);

describe('a request’s host', () => {
  test.each(['evil.example', 'evil.example:8080', 'localhost.evil.example'])(
    'every request to the host %s is a 421',
    async (host) => {
      for (const path of [
        '/',
        '/health/live',
        '/api/v1/runs',
        '/api/v1/events',
        '/board',
        '/nothing',
      ]) {
        const answer = await http.get(path).set({ host, 'x-forwarded-host': 'localhost' });
        expect([path, answer.status]).toEqual([path, 421]);
        expect(errorEnvelope.parse(answer.body).error.message).toContain(
          'is not a name of this server',
        );
      }
    },
  );

  test.each(['localhost:1', 'a.localhost', '[::1]:80', '10.0.0.1', 'runs.example:443'])(
    'a request to the host %s is accepted',
    async (host) => {
      await http.get('/health/live').set({ host }).expect(200);
    },
  );

  test.each([
    ['GET /health/live HTTP/1.1\r\n', 400, 'Host is missing'],
    [
      'GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n',
      400,
      'Host must be given once',
    ],
    [
      'GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n',
      400,
      'Host must be given once',
    ],
    [
      'GET /health/live HTTP/1.1\r\nHost: a@localhost\r\n',
      400,
      'Host must be a name or an address, with a port or without',
    ],
    [
      'GET http://evil.example/health/live HTTP/1.1\r\nHost: localhost\r\n',
      421,
      'evil.example is not a name of this server; use its address or localhost, or add the name to RAT_ALLOWED_HOSTS',
    ],
    [
      'GET /health/live HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n',
      417,
      'the only expectation that can be met is 100-continue',
    ],
    [
      `GET /health/live HTTP/1.1\r\nHost: localhost\r\n${'a: b\r\n'.repeat(120)}`,
      431,
      'a request may have at most 100 headers',
    ],
  ])('the malformed request %j gets the error envelope', async (head, status, message) => {
    expect(rawRefusal(await sendRaw(`${head}Connection: close\r\n\r\n`))).toEqual({
      status,
      message,
    });
  });

  test('an absolute target overrides the Host header, and HTTP/1.0 needs no Host', async () => {
    const absolute =
      'GET http://localhost/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    expect(await sendRaw(absolute)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await sendRaw('GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a slow client', () => {
  const slow =
    'POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

  test.each([
    ['of a known length', `${slow}Content-Length: 100\r\n\r\n{`],
    ['in chunks', `${slow}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`],
  ])(
    'a client whose body %s does not arrive gets 408 and a closed connection',
    async (_what, request) => {
      expect(rawRefusal(await sendRaw(request))).toEqual({
        status: 408,
        message: 'the request body did not arrive within 0.3 s',
      });
    },
  );

  test('a refused client whose body does not arrive loses its connection', async () => {
    const refused = slow.replace('/api/v1/query', '/nothing');
    expect(await sendRaw(`${refused}Content-Length: 100\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('a body’s encoding', () => {
  const post = (type: string) => http.post('/api/v1/query').set('Content-Type', type);

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json; odd="a;b"; charset=utf8',
    'application/vnd.rat+json',
  ])('a body of the type %s is accepted', async (type) => {
    const answer = await post(type).send('{"sq":1}');
    expect(answer.body.error.message).toContain('unknown key sq; did you mean sql?');
  });

  test.each(['application/json; charset=iso-8859-1', 'application/json;charset="utf-16"'])(
    'a body of the type %s is a 415 that names UTF-8',
    async (type) => {
      expect(refusalIn(await post(type).send('{}'))).toEqual({
        status: 415,
        message: 'charset is not supported; send UTF-8',
      });
    },
  );

  test.each([
    [
      '7b 22 73 71 6c 22 3a 22 5a fc 22 7d',
      'the request body must be UTF-8: byte 10 (0xFC) is part of no character',
    ],
    ['ff fe 7b 00 7d 00', 'the request body must be UTF-8: it is UTF-16'],
    ['7b 00 7d 00', 'invalid request body'],
  ])('a body with the invalid bytes %s is a 400 with their position', async (hex, message) => {
    const head =
      'POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n';
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const request = Buffer.concat([
      Buffer.from(`${head}Content-Length: ${bytes.length}\r\n\r\n`),
      bytes,
    ]);
    expect(rawRefusal(await sendRaw(request))).toEqual({ status: 400, message });
  });

  test('a byte order mark before JSON is ignored', async () => {
    const answer = await post('application/json').send('\ufeff{"sq":1}');
    expect(answer.body.error.message).toContain('unknown key sq');
  });

  test('an unknown content coding is a 415 that lists the known ones', async () => {
    const answer = await post('application/json').set('Content-Encoding', 'zstd').send('{}');
    expect(answer.status).toBe(415);
    expect(answer.get('Accept-Encoding')).toBe('gzip, deflate, br, identity');
    const broken = await post('application/json').set('Content-Encoding', 'x-gzip').send('{}');
    expect(refusalIn(broken)).toEqual({
      status: 400,
      message: 'request body does not match its content encoding',
    });
  });
});

describe('what a client accepts', () => {
  test.each([
    ['/api/v1/runs', { accept: 'text/html' }],
    ['/api/v1/runs', { accept: '*/*;q=0' }],
    ['/api/v1/events', { accept: 'application/json' }],
    ['/api/v1/runs', { 'accept-charset': 'iso-8859-1' }],
    ['/api/v1/runs', { 'accept-encoding': 'gzip, identity;q=0' }],
  ])('GET %s with the headers %j is a 406 with the error envelope', async (path, headers) => {
    const answer = await http.get(path).set(headers);
    expect(refusalIn(answer)).toMatchObject({ status: 406 });
  });

  test('POST /runs creates no run for a client that cannot accept the response', async () => {
    const before = await http.get('/api/v1/runs').expect(200);
    await http.post('/api/v1/runs').set('Accept', 'text/event-stream').send(ORDERS).expect(406);
    const after = await http.get('/api/v1/runs').expect(200);
    expect(after.body.total).toBe(before.body.total);
  });

  test('a parameter of a media type does not change the type', async () => {
    const runId = await api.runner.runTo('success');
    const answer = await http
      .get(`/api/v1/runs/${runId}/logs`)
      .set('Accept', 'text/event-stream; charset=utf-8');
    expect(answer.type).toBe('text/event-stream');
  });
});

test('every route with GET also answers HEAD, and OPTIONS lists both', async () => {
  for (const { method, path } of routes) {
    if (method !== 'get' || path.endsWith('/events')) continue;
    const [got, head] = [await http.get(path), await http.head(path)];
    expect([path, head.status]).toEqual([path, got.status]);
    const options = await http.options(path).expect(204);
    expect(options.get('Allow')).toContain('GET');
  }
}, 60_000);

test('a missing static file is not cached, and the board lists its methods', async () => {
  const answer = await http.get('/board/static/nothing.js');
  expect([answer.status, answer.get('Cache-Control')]).toEqual([404, 'no-store']);
  const options = await http.options('/board').expect(204);
  expect(options.get('Allow')).toBe('GET, HEAD, OPTIONS');
});

test('a message cannot imitate a line of a text log', async () => {
  const runId = await api.runner.start();
  const forged = '2026-02-12T14:00:09.000Z INFO  publish all tests passed';
  const breaks = ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029'];
  await api.runner.log(runId, [
    breaks.map((mark) => `${mark}${forged}`).join(''),
    'a\u001b[2Kb\u202ec',
  ]);
  const { text } = await http.get(`/api/v1/runs/${runId}/logs?format=text`).expect(200);
  const lines = text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
  expect(lines.filter((line) => line.includes(forged))).toHaveLength(breaks.length);
  expect(lines.filter((line) => line.startsWith('2026-02-12T14:00:09'))).toEqual([]);
  expect(text).toContain('a\\u001b[2Kb\\u202ec');
});
