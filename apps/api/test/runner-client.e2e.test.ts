import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CHANNEL_TLS, NO_SUCH_METHOD, toRunnerApiError, toSecureKey } from '@rat/contracts';
import { LimitError, NotFoundError } from '@rat/domain';
import { forgetRunner, registerRunner } from '@rat/store';
import { eventually } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ANSWER =
  '{"columns":[],"rows":[[1],[2]],"row_count":2,"total_rows":2,"truncated":false,"duration_ms":1}';
const PIECE = Buffer.alloc(64 * 1024, 'x');

let api: ApiFixture;
let servers: Server[];

beforeEach(async () => {
  servers = [];
  api = await openApi();
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await api.close();
});

type Behaviour = (req: IncomingMessage, res: ServerResponse) => unknown;

/** A runner whose behaviour the test defines. Each request is complete, with its body. */
async function addRunner(id: string, behave: Behaviour): Promise<void> {
  const server = createServer((req, res) => {
    void text(req).then(() => behave(req, res));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await announce(id, `http://127.0.0.1:${port}`);
}

function announce(id: string, url: string, key = 'key'): Promise<void> {
  const endpoint = { url, key };
  const facts = { host: 'test', pid: 1, slots: 1, version: '1', pools: [] };
  return registerRunner(api.db, { id, endpoint, ...facts });
}

/** `fetch` requests a compressed answer by default. */
function query(signal?: AbortSignal, encoding = 'gzip, deflate'): Promise<Response> {
  return fetch(`${api.url}/api/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': encoding },
    body: JSON.stringify({ sql: 'SELECT 1' }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const refuseBusy: Behaviour = (_req, res) => {
  res.writeHead(400).end(JSON.stringify(toRunnerApiError(new LimitError('no place is free', 7))));
};

const refuseUnknown: Behaviour = (_req, res) => {
  res.writeHead(400).end(JSON.stringify(toRunnerApiError(new NotFoundError(NO_SUCH_METHOD))));
};

describe('the answer to a query', () => {
  test('the client gets the bytes of the runner’s query result, with the API’s usual headers', async () => {
    await addRunner('a', (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/html', 'content-length': ANSWER.length });
      res.end(ANSWER);
    });
    const response = await query();
    expect(await response.text()).toBe(ANSWER);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(ANSWER.length),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  test.each([
    ['identity', 'with its length announced', { 'content-length': 10_000_000 }],
    ['identity', 'without its length', {}],
    ['gzip', 'with its length announced', { 'content-length': 10_000_000 }],
    ['gzip', 'without its length', {}],
  ])(
    'a query result in %s breaks off for the client when the runner disconnects %s',
    async (encoding, _how, headers) => {
      await addRunner('a', (_req, res) => {
        res.writeHead(200, headers);
        res.write(ANSWER, () => res.destroy());
      });
      const response = await query(undefined, encoding);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow('terminated');
    },
  );

  test('the runner’s query ends when the client disconnects', async () => {
    let hasLeft = false;
    await addRunner('a', (_req, res) => {
      res.writeHead(200);
      res.write(PIECE);
      res.once('close', () => (hasLeft = true));
    });
    const leaving = new AbortController();
    await query(leaving.signal);
    leaving.abort();
    await eventually('the runner is left', () => hasLeft);
  });

  test('the API reads a query result from the runner at the client’s pace', async () => {
    let sent = 0;
    let isPaused = false;
    const total = 64 * 1024 * 1024;
    await addRunner('a', async (_req, res) => {
      res.writeHead(200, { 'content-length': total });
      while (sent < total) {
        sent += PIECE.length;
        if (res.write(PIECE)) continue;
        isPaused = true;
        await once(res, 'drain');
        isPaused = false;
      }
      res.end();
    });
    const response = await query();
    // The client reads nothing, so the pieces fill the buffers of the connections.
    let before = -1;
    await eventually('the runner waits', () => {
      const stands = isPaused && sent === before;
      before = sent;
      return stands;
    });
    expect(sent).toBeLessThan(total / 2);
    expect((await response.arrayBuffer()).byteLength).toBe(total);
  });
});

describe('a request', () => {
  const answer: Behaviour = (_req, res) => res.end(ANSWER);

  test.each<[string, Behaviour]>([
    ['that does not know the key', (_req, res) => res.writeHead(401).end()],
    ['that hangs up', (_req, res) => res.destroy()],
    ['that has no place free', refuseBusy],
    ['of an earlier version, which does not know it', refuseUnknown],
  ])('a request is sent to another runner after one %s', async (_what, behave) => {
    await addRunner('a', behave);
    await addRunner('b', answer);
    // The order of the runners is random.
    for (let n = 0; n < 6; n += 1) expect(await (await query()).text()).toBe(ANSWER);
  });

  test('a request that no runner accepts reports a busy runner rather than an unreachable one', async () => {
    await addRunner('a', refuseBusy);
    await announce('b', 'http://127.0.0.1:1');
    for (let n = 0; n < 4; n += 1) {
      const response = await query();
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    }
  });

  test('a request without a reachable runner is a 503', async () => {
    await announce('a', 'http://127.0.0.1:1');
    expect((await query()).status).toBe(503);
    await forgetRunner(api.db, 'a');
    expect(await (await query()).json()).toMatchObject({
      error: { message: 'no runner is live that could answer; try again later' },
    });
  });

  test('a request that only runners of an earlier version could answer is a 503 with this reason', async () => {
    await addRunner('a', refuseUnknown);
    const response = await query();
    expect(response.status).toBe(503);
    expect(JSON.stringify(await response.json())).toContain('of an earlier version');
  });

  test('a preview that is given what a run may have is not sent to a runner that would ignore it', async () => {
    const earlier: Behaviour = (req, res) =>
      (req.url?.endsWith('/preview-pipeline') ? refuseBusy : refuseUnknown)(req, res);
    await addRunner('a', earlier);
    const preview = (given: object): Promise<Response> =>
      fetch(`${api.url}/api/v1/pipelines/preview`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ref: { namespace: 'default', layer: 'silver', name: 'orders' },
          files: { sql: 'SELECT 1 AS n' },
          ...given,
        }),
      });
    for (const given of [{}, { full_refresh: false, params: null }])
      expect((await preview(given)).status).toBe(429);
    const response = await preview({ full_refresh: true });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('of an earlier version');
  });

  test('a discard is not sent to a second runner when the first disconnects', async () => {
    let requests = 0;
    const hangUp: Behaviour = (_req, res) => {
      requests += 1;
      res.destroy();
    };
    await addRunner('a', hangUp);
    await addRunner('b', hangUp);
    const runId = await api.runner.runTo('failed');
    const response = await fetch(`${api.url}/api/v1/runs/${runId}/discard`, { method: 'POST' });
    expect([response.status, requests]).toEqual([503, 1]);
  });
});

describe('a PUT of a pipeline', () => {
  async function put(): Promise<{ status: number; body: { warnings: object[] } }> {
    const response = await fetch(`${api.url}/api/v1/pipelines/default/silver/unchecked`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql: 'SELEC 1' }),
    });
    return { status: response.status, body: (await response.json()) as { warnings: object[] } };
  }

  test('without a runner stores the pipeline, and warns that its SQL was not checked', async () => {
    const { status, body } = await put();
    expect(status).toBe(201);
    expect(body.warnings).toEqual([
      {
        path: 'sql',
        severity: 'warning',
        message: expect.stringContaining('not checked: no runner is live'),
      },
    ]);
  });

  test('whose runner hangs waits a few seconds, and stores the pipeline', async () => {
    await addRunner('a', () => undefined);
    const startedMs = performance.now();
    const { status, body } = await put();
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(status).toBe(201);
    expect(JSON.stringify(body.warnings)).toContain('no runner answered within');
  });

  test.each<[string, Behaviour]>([
    ['is busy', refuseBusy],
    [
      'is of an older version',
      (_req, res) =>
        res.writeHead(400).end(JSON.stringify(toRunnerApiError(new NotFoundError('no method')))),
    ],
    ['fails', (_req, res) => res.writeHead(400).end(JSON.stringify(toRunnerApiError(new Error())))],
  ])('whose runner %s stores the pipeline with a warning', async (_, behave) => {
    await addRunner('a', behave);
    const { status, body } = await put();
    expect(status).toBe(201);
    expect(body.warnings).toHaveLength(1);
  });
});

/** A program at the port of a runner that speaks TLS with `key`, and notes what it receives. */
async function addSecured(id: string, key: string, announced: string): Promise<() => string> {
  let told = '';
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    told += `${req.headers.authorization} ${await text(req)}`;
    res.end(ANSWER);
  };
  const http = createServer((req, res) => void answer(req, res));
  const [serve] = http.listeners('connection');
  const server = createTlsServer(
    { ...CHANNEL_TLS, pskCallback: () => Buffer.from(key) },
    (socket) => serve?.call(http, socket),
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    http.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  await announce(id, `http://127.0.0.1:${port}`, announced);
  return () => told;
}

const closers: (() => void)[] = [];

describe('the channel to a runner', () => {
  const KEY = toSecureKey(Buffer.alloc(32, 7));
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  test('a request reaches a runner that proves its key', async () => {
    const told = await addSecured('true', KEY, KEY);
    expect((await query()).status).toBe(200);
    expect(told()).toContain('SELECT 1');
  });

  test('a program that has taken the port of a runner receives nothing, and the client gets a 503', async () => {
    const told = await addSecured('false', toSecureKey(Buffer.alloc(32, 8)), KEY);
    expect((await query()).status).toBe(503);
    expect(told()).toBe('');
  });

  test('a program that speaks plain HTTP at the port of a runner receives nothing', async () => {
    let told = 0;
    const server = createServer((_req, res) => {
      told += 1;
      res.end(ANSWER);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await announce('plain', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, KEY);
    expect((await query()).status).toBe(503);
    expect(told).toBe(0);
  });

  test('an upload is tried at the next runner when the first one does not prove itself', async () => {
    const told = await addSecured('false', toSecureKey(Buffer.alloc(32, 8)), KEY);
    const answer = await fetch(`${api.url}/api/v1/landing-zones/default/zone/files?name=a.csv`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: 'secret',
    });
    expect(answer.status).toBe(503);
    expect(told()).toBe('');
  });
});
