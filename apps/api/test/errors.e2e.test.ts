import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorEnvelope } from '@rat/contracts';
import type { Database } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const SECRET = 'password=hunter2 at /home/rat on db.internal';

describe('errors', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  let broken = false;

  beforeAll(async () => {
    api = await openApi({
      // Simulates a bug of the API in a route.
      wrap: (db): Database => ({
        ...db,
        get pool() {
          if (broken) throw new TypeError(SECRET);
          return db.pool;
        },
      }),
    });
    http = supertest(api.url);
  });
  afterAll(() => api.close());

  test.each<[number, string, string, string, () => supertest.Test]>([
    [404, 'NOT_FOUND', 'NOT_FOUND', 'no such route', () => http.get('/api/v1/nothing')],
    [404, 'NOT_FOUND', 'NOT_FOUND', 'run not found', () => http.get('/api/v1/runs/abc123')],
    [404, 'NOT_FOUND', 'NOT_FOUND', 'run not found', () => http.get('/api/v1/runs/%E0%A4%A')],
    [
      400,
      'INVALID_ARGUMENT',
      'VALIDATION',
      'the path must have two hexadecimal digits after the % at character 40; a % itself is %25',
      () => http.get('/api/v1/pipelines/default/silver/%E0%A4%A'),
    ],
    [
      400,
      'INVALID_ARGUMENT',
      'VALIDATION',
      'invalid request body',
      () => http.post('/api/v1/runs'),
    ],
    [
      405,
      'METHOD_NOT_ALLOWED',
      'VALIDATION',
      'method DELETE is not allowed here',
      () => http.delete('/api/v1/runs'),
    ],
    [
      415,
      'INVALID_ARGUMENT',
      'VALIDATION',
      'content type must be application/json',
      () => http.post('/api/v1/runs').type('form').send('namespace=default'),
    ],
    [
      415,
      'INVALID_ARGUMENT',
      'VALIDATION',
      'charset is not supported; send UTF-8',
      () =>
        http
          .post('/api/v1/runs')
          .set('Content-Type', 'application/json; charset=klingon')
          .send('{}'),
    ],
    [
      415,
      'INVALID_ARGUMENT',
      'VALIDATION',
      'content encoding is not supported; send gzip, deflate, br or none',
      () => http.post('/api/v1/runs').type('json').set('Content-Encoding', 'rot13').send('{}'),
    ],
    [
      413,
      'INVALID_ARGUMENT',
      'VALIDATION',
      'request body is larger than 1 MiB',
      () => http.post('/api/v1/runs').send({ namespace: 'x'.repeat(1_048_577) }),
    ],
  ])('a %i %s has exactly the error envelope', async (status, code, type, message, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.type).toBe('application/json');
    expect(answer.body).toEqual({ error: { code, type, message } });
    expect(answer.get('X-Request-ID')).toBeTruthy();
  });

  test('a body of exactly 1 MiB is accepted', async () => {
    const frame = JSON.stringify({ namespace: '' }).length;
    const body = JSON.stringify({ namespace: 'x'.repeat(1_048_576 - frame) });
    expect(body).toHaveLength(1_048_576);
    const answer = await http.post('/api/v1/runs').type('json').send(body);
    expect(answer.body.error.message).toBe('namespace, layer, and pipeline are required');
  });

  test('a 405 and OPTIONS list the allowed methods', async () => {
    for (const [path, allow] of [
      ['/api/v1/runs', 'GET, POST, HEAD, OPTIONS'],
      ['/api/v1/runs/abc/cancel', 'POST, OPTIONS'],
      ['/api/v1/runs/abc/logs', 'GET, HEAD, OPTIONS'],
      ['/api/v1/pipelines/default/silver/orders', 'GET, PUT, DELETE, HEAD, OPTIONS'],
    ] as const) {
      const refused = await http.patch(path).expect(405);
      expect(refused.get('Allow')).toBe(allow);
      const options = await http.options(path).expect(204);
      expect(options.get('Allow')).toBe(allow);
    }
  });

  test('a bug of the API is a 500 without details', async () => {
    broken = true;
    const answer = await http.get('/api/v1/runs');
    broken = false;
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      error: { code: 'INTERNAL', type: 'INTERNAL', message: 'internal error' },
    });
    expect(JSON.stringify(answer.headers) + answer.text).not.toContain('hunter2');
  });

  test('bytes that are not HTTP get the error envelope', async () => {
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end('HELLO?\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
    expect(errorEnvelope.parse(body).error).toMatchObject({ type: 'VALIDATION' });
  });

  test('a request keeps its own id when the id is valid, and gets a new one otherwise', async () => {
    const kept = await http.get('/health/live').set('X-Request-ID', 'build-17.a_b');
    expect(kept.get('X-Request-ID')).toBe('build-17.a_b');
    for (const bad of ['a b', 'x'.repeat(129), 'a"b', '<a>']) {
      const renamed = await http.get('/health/live').set('X-Request-ID', bad);
      expect(renamed.get('X-Request-ID')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('every response forbids browsers to load resources, to guess types and to cache', async () => {
    for (const path of ['/', '/health/live', '/api/v1/runs', '/api/v1/nothing']) {
      const answer = await http.get(path);
      expect(answer.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(answer.get('X-Content-Type-Options')).toBe('nosniff');
      expect(answer.get('Cache-Control')).toBe('no-store');
      expect(answer.get('X-Powered-By')).toBeUndefined();
    }
  });

  test('GET / links to the main routes', async () => {
    const { body } = await http.get('/').expect(200);
    for (const link of Object.values(body.links as Record<string, string>)) {
      expect((await http.get(link)).status).toBe(link === '/health/ready' ? 503 : 200);
    }
    const live = await http.get('/health/live').expect(200);
    expect(live.body).toEqual({
      status: 'ok',
      version: '9.9.9',
      git_commit: 'abcdef0',
      build_time: null,
    });
  });
});
