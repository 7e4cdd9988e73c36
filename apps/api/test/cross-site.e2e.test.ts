import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHROMIUM, findForSuite, openPage } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
let own: string;

beforeAll(async () => {
  api = await openApi({ trustProxy: 'loopback', allowedHosts: 'runs.example' });
  http = supertest(api.url);
  own = new URL(api.url).host;
});
afterAll(() => api.close());

const FOREIGN = 'https://elsewhere.example';

/** Headers of browsers. `own` is replaced by the API's host. */
const CROSS_SITE: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: FOREIGN },
  { 'sec-fetch-site': 'cross-site' },
  // Another port of this machine may belong to another person.
  { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:9' },
  { 'sec-fetch-site': 'something-new' },
  // `Sec-Fetch-Site` takes precedence over `Origin`.
  { 'sec-fetch-site': 'cross-site', origin: 'http://own' },
  { origin: FOREIGN },
  { origin: 'http://127.0.0.1:9' },
  { origin: 'null' },
  { origin: 'no address' },
];

const NOT_CROSS_SITE: Record<string, string>[] = [
  {},
  { 'sec-fetch-site': 'same-origin', origin: 'http://own' },
  { 'sec-fetch-site': 'none' },
  { origin: 'http://own' },
  // Behind a proxy that rewrites Host.
  { 'sec-fetch-site': 'same-origin', origin: 'https://runs.example' },
  { origin: 'https://runs.example', 'x-forwarded-host': 'runs.example' },
];

function sent(headers: Record<string, string>): Record<string, string> {
  const { origin } = headers;
  return origin === undefined ? headers : { ...headers, origin: origin.replace('own', own) };
}

/** Creates a run that no runner has claimed, so a cancel ends it at once. */
const createRun = async (): Promise<string> => {
  const run = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
  const { body } = await http.post('/api/v1/runs').send(run).expect(202);
  return body.run_id;
};

const isCancelled = async (runId: string): Promise<boolean> => {
  const { body } = await http.get(`/api/v1/runs/${runId}`).expect(200);
  return body.status === 'cancelled';
};

describe('a page of another site', () => {
  test.each(CROSS_SITE)(
    'a page of another site with the headers %j changes nothing',
    async (headers) => {
      const runId = await createRun();
      const form = http.post(`/api/v1/runs/${runId}/cancel`).type('form').set(sent(headers));
      const answer = await form;
      expect(answer.status).toBe(403);
      expect(answer.body.error).toEqual({
        code: 'FORBIDDEN',
        type: 'AUTHORIZATION',
        message: 'a page of another site may not ask for this',
      });
      expect(await isCancelled(runId)).toBe(false);
    },
  );

  test.each([
    ['post', '/api/v1/runs'],
    ['post', '/api/v1/landing-zones/default/zone/files?name=a.csv'],
    ['post', '/api/v1/maintenance'],
    ['put', '/api/v1/pipelines/default/silver/orders'],
    ['delete', '/api/v1/pipelines/default/silver/other'],
    ['put', '/board/api/queues/runs/pause'],
    ['post', '/no/such/route'],
  ] as const)(
    'a page of another site is refused before the route of %s %s runs',
    async (method, path) => {
      const answer = await http[method](path)
        .type('text/plain')
        .set('sec-fetch-site', 'cross-site')
        .send('x');
      expect([answer.status, answer.body.error?.code]).toEqual([403, 'FORBIDDEN']);
    },
  );

  test('a page of another site may link to the API', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'null' };
    await http.get('/api/v1/runs').set(headers).expect(200);
    await http.get('/board/').set(headers).expect(200);
    await http.head('/api/v1/runs').set(headers).expect(200);
    await http.options('/api/v1/runs').set(headers).expect(204);
  });
});

test.each(NOT_CROSS_SITE)(
  'a client that is no browser, or a page of the API’s own address, is accepted with the headers %j',
  async (headers) => {
    const runId = await createRun();
    await http.post(`/api/v1/runs/${runId}/cancel`).set(sent(headers)).expect(200);
    expect(await isCancelled(runId)).toBe(true);
  },
);

test('an origin with a host name is the API’s own only when the name is allowed', async () => {
  const direct = await openApi({ allowedHosts: 'intranet.example' });
  try {
    const post = (url: string, host: string) =>
      supertest(url)
        .post('/api/v1/maintenance')
        .set({ host, origin: `http://${host}` })
        .send({});
    await post(direct.url, 'rebound.example').expect(421);
    await post(direct.url, 'intranet.example:8080').expect(404);
    await post(direct.url, 'localhost:8080').expect(404);
    await post(direct.url, '[::1]:8080').expect(404);
    await post(api.url, 'runs.example').expect(404);
  } finally {
    await direct.close();
  }
});

const program = await findForSuite(CHROMIUM);

(program === undefined ? describe.skip : describe)('in a real browser', () => {
  let foreign: Server;

  beforeAll(async () => {
    foreign = createServer((_req, res) => {
      res.setHeader('Content-Type', 'text/html').end('<title>elsewhere</title>');
    });
    await new Promise<void>((resolve) => {
      foreign.listen(0, '127.0.0.1', resolve);
    });
  });
  afterAll(() => {
    foreign.closeAllConnections();
    foreign.close();
  });

  test.each(['127.0.0.1', 'localhost'])(
    'a browser’s page of another port of %s cannot cancel a run, a page of the API can',
    async (host) => {
      const runId = await createRun();
      const answers: number[] = [];
      const note = (req: IncomingMessage, res: ServerResponse): void => {
        if (req.method === 'POST') res.once('finish', () => answers.push(res.statusCode));
      };
      const cancelFrom = async (url: string): Promise<void> => {
        const page = await openPage(program ?? '', url);
        // Sent like a form: without a preflight, and even when the page cannot read the response.
        const post = `fetch('${api.url}/api/v1/runs/${runId}/cancel', {
          method: 'POST', mode: 'no-cors', body: new URLSearchParams(),
        }).then(() => undefined, () => undefined)`;
        try {
          await page.evaluate(post);
        } finally {
          await page.close();
        }
      };
      api.server.on('request', note);
      try {
        await cancelFrom(`http://${host}:${(foreign.address() as AddressInfo).port}/`);
        expect(await isCancelled(runId)).toBe(false);
        await cancelFrom(`${api.url}/board/`);
        expect(await isCancelled(runId)).toBe(true);
        expect(answers).toEqual([403, 200]);
      } finally {
        api.server.off('request', note);
      }
    },
    60_000,
  );
});

describe('pages of a named origin', () => {
  const PORTAL = 'https://portal.example:3000';
  let open: ApiFixture;
  beforeAll(async () => {
    open = await openApi({ allowedOrigins: `${PORTAL}, https://second.example` });
  });
  afterAll(() => open.close());

  test('may read answers, errors included, and may change things', async () => {
    const client = supertest(open.url);
    const run = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
    const headers = { origin: PORTAL, 'sec-fetch-site': 'cross-site' };
    const created = await client.post('/api/v1/runs').set(headers).send(run).expect(202);
    const missing = await client.get('/api/v1/runs/nothing').set(headers).expect(404);
    for (const { headers: sent } of [created, missing]) {
      expect(sent).toMatchObject({
        'access-control-allow-origin': PORTAL,
        'cross-origin-resource-policy': 'cross-origin',
        vary: expect.stringContaining('Origin'),
      });
    }
    expect(created.headers['access-control-expose-headers']).toContain('Location');
  });

  test('get a preflight that grants what the API reads', async () => {
    const { headers } = await supertest(open.url)
      .options('/api/v1/pipelines/default/silver/orders')
      .set({ origin: PORTAL, 'access-control-request-method': 'PUT' })
      .expect(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': PORTAL,
      'access-control-allow-methods': expect.stringContaining('PUT'),
      'access-control-allow-headers': expect.stringContaining('If-Match'),
    });
  });

  test.each(['https://portal.example', 'https://portal.example:3000.evil.example', 'null', '*'])(
    'another origin, %s, gets no grant and changes nothing',
    async (origin) => {
      const client = supertest(open.url);
      const headers = { origin, 'sec-fetch-site': 'cross-site' };
      const refused = await client.post('/api/v1/runs').set(headers).send({}).expect(403);
      const read = await client.get('/api/v1/runs').set(headers).expect(200);
      const preflight = await client
        .options('/api/v1/runs')
        .set({ ...headers, 'access-control-request-method': 'POST' });
      for (const { headers: sent } of [refused, read, preflight]) {
        expect(sent['access-control-allow-origin']).toBeUndefined();
        expect(sent['vary']).toContain('Origin');
      }
    },
  );
});
