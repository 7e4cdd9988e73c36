import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CreateTokenAnswer } from '@rat/contracts';
import { createRun } from '@rat/store';
import { eventually } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

describe('sign-in that RAT_ADMIN_TOKEN turns on', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;

  beforeAll(async () => {
    api = await openApi({
      adminToken: ADMIN_TOKEN,
      trustProxy: 1,
      allowedOrigins: 'http://127.0.0.1:3000',
    });
    http = supertest(api.url);
  }, 60_000);
  afterAll(() => api.close());

  async function makeToken(more: object): Promise<CreateTokenAnswer> {
    const answer = await http.post('/api/v1/tokens').set(bearer(ADMIN_TOKEN)).send(more);
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
    return answer.body as CreateTokenAnswer;
  }

  function revoke(id: string): Promise<{ status: number }> {
    return http.delete(`/api/v1/tokens/${id}`).set(bearer(ADMIN_TOKEN));
  }

  test('a token is shown once, and only its SHA-256 is stored', async () => {
    const made = await makeToken({ name: 'ada', role: 'viewer' });
    expect(made.token).toMatch(/^rat_[\w-]{43}$/);
    expect(made).toMatchObject({ role: 'viewer', namespaces: null, created_by: 'admin' });
    const read = await http.get(`/api/v1/tokens/${made.id}`).set(bearer(ADMIN_TOKEN));
    const { token, ...shown } = made;
    expect(read.body).toEqual(shown);
    const stored = await api.db.pool.query<{ row: string }>('SELECT t::text AS row FROM tokens t');
    expect(stored.rows.map(({ row }) => row).join('\n')).not.toContain(token);
  });

  test('a token works until it is revoked, and its last use is noted once a minute', async () => {
    const { id, token } = await makeToken({ name: 'once a minute', role: 'viewer' });
    const uses = async (): Promise<unknown> => {
      expect((await http.get('/api/v1/runs').set(bearer(token))).status).toBe(200);
      const { body } = await http.get(`/api/v1/tokens/${id}`).set(bearer(ADMIN_TOKEN));
      return (body as CreateTokenAnswer).last_used_at;
    };
    const first = await uses();
    expect(first).not.toBeNull();
    expect(await uses()).toBe(first);
    await api.db.pool.query(
      "UPDATE tokens SET last_used_at = now() - interval '61 seconds' WHERE id = $1",
      [id],
    );
    expect(Date.parse(String(await uses()))).toBeGreaterThan(Date.parse(String(first)) - 60_000);
    expect((await revoke(id)).status).toBe(204);
    const refused = await http.get('/api/v1/runs').set(bearer(token));
    expect(refused.status).toBe(401);
    expect(refused.body).toMatchObject({
      error: { code: 'UNAUTHENTICATED', type: 'AUTHENTICATION', message: 'the token is revoked' },
    });
    expect((await revoke(id)).status).toBe(404);
  });

  test('the audit log has a refusal under the name of the token, and nothing of strangers', async () => {
    const { token } = await makeToken({ name: 'prober', role: 'viewer' });
    const forged = { 'x-requested-by': 'ana', 'x-request-id': 'probe-1' };
    await http
      .delete('/api/v1/pipelines/default/silver/orders')
      .set(bearer(token))
      .set(forged)
      .expect(403);
    await http
      .delete('/api/v1/session')
      .set({ ...forged, 'x-request-id': 'stranger-1' })
      .expect(204);
    await http.post('/api/v1/session').set('x-request-id', 'stranger-2').send({}).expect(400);
    const session = { token: ADMIN_TOKEN };
    await http.post('/api/v1/session').set('x-request-id', 'session-1').send(session).expect(200);
    const { body } = await http.get('/api/v1/audit?limit=200').set(bearer(ADMIN_TOKEN)).expect(200);
    const of = (id: string): unknown =>
      body.entries.find((entry: { request_id: string }) => entry.request_id === id);
    expect(of('probe-1')).toMatchObject({
      user_id: 'prober',
      status: 403,
      action: 'deletePipeline',
    });
    expect(of('session-1')).toMatchObject({ user_id: 'admin', action: 'createSession' });
    expect([of('stranger-1'), of('stranger-2')]).toEqual([undefined, undefined]);
  });

  test('a name is taken as long as its token is valid', async () => {
    const { id } = await makeToken({ name: 'grace', role: 'viewer' });
    const again = { name: 'grace', role: 'admin' };
    const taken = await http.post('/api/v1/tokens').set(bearer(ADMIN_TOKEN)).send(again);
    expect(taken.status).toBe(409);
    await revoke(id);
    await makeToken(again);
  });

  test.each([
    [{ name: 'admin', role: 'viewer' }, 400, 'RAT_ADMIN_TOKEN'],
    [{ name: '\u202eada', role: 'viewer' }, 400, 'printable'],
    [{ name: 'x', role: 'root' }, 400, 'viewer, operator, author, admin'],
    [{ name: 'x', role: 'viewer', expires_at: '2020-01-01T00:00:00Z' }, 400, 'time to come'],
    [{ name: 'x', role: 'viewer', expires_at: 'tomorrow' }, 400, 'time with its zone'],
    [{ name: 'x', role: 'author', namespaces: [] }, 400, 'at least 1 items'],
    [{ name: 'x', role: 'viewer', namespaces: [] }, 400, 'at least 1 items'],
    [{ name: 'x', role: 'viewer', namespaces: ['a', 'a'] }, 400, 'each namespace once'],
  ])('a token of %j is refused with %i', async (body, status, word) => {
    const answer = await http.post('/api/v1/tokens').set(bearer(ADMIN_TOKEN)).send(body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(word);
  });

  test('what a client states about its user is not believed', async () => {
    const { token } = await makeToken({ name: 'the operator', role: 'operator' });
    const run = await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    const cancelled = await http
      .post(`/api/v1/runs/${run.id}/cancel`)
      .set({ ...bearer(token), 'X-Requested-By': 'somebody else' })
      .send({ requested_by: 'a third one' });
    expect(cancelled.status).toBe(200);
    const { body } = await http.get(`/api/v1/runs/${run.id}`).set(bearer(token));
    expect(JSON.stringify(body)).toContain('"requested_by":"the operator"');
  });

  test('an Idempotency-Key belongs to the token that sends it', async () => {
    const [one, other] = [
      await makeToken({ name: 'one', role: 'operator' }),
      await makeToken({ name: 'other', role: 'operator' }),
    ];
    const { namespace, layer, name: pipeline } = ORDERS;
    const post = async ({ token }: CreateTokenAnswer): Promise<unknown> => {
      const headers = { ...bearer(token), 'Idempotency-Key': 'the same' };
      const answer = await http
        .post('/api/v1/runs')
        .set(headers)
        .send({ namespace, layer, pipeline });
      expect(answer.status).toBe(202);
      return (answer.body as { run_id: unknown }).run_id;
    };
    const first = await post(one);
    expect(await post(one)).toBe(first);
    expect(await post(other)).not.toBe(first);
  });

  test('a browser signs in for a cookie that no script reads, and signs out again', async () => {
    const { token } = await makeToken({ name: 'browser', role: 'operator' });
    const signedIn = await http.post('/api/v1/session').send({ token });
    expect(signedIn.body).toMatchObject({ sign_in: true, name: 'browser', role: 'operator' });
    const [cookie = ''] = signedIn.get('Set-Cookie') ?? [];
    expect(cookie).toMatch(
      /^rat_session=rats_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    const [pair = ''] = cookie.split(';');
    expect(pair).not.toContain(token);
    expect((await http.get('/api/v1/session').set('Cookie', pair)).body).toMatchObject({
      name: 'browser',
    });
    const signedOut = await http.delete('/api/v1/session').set('Cookie', pair);
    expect(signedOut.get('Set-Cookie')?.[0]).toMatch(/^rat_session=; .*Max-Age=0$/);
    expect((await http.get('/api/v1/session').set('Cookie', pair)).status).toBe(401);
  });

  test('a person who opens the board gets a form for the token, and a program the 401 of every route', async () => {
    const page = await http.get('/board').set('Accept', 'text/html,*/*;q=0.8');
    expect(page.status).toBe(401);
    expect(page.type).toBe('text/html');
    expect(page.text).toContain('<title>Sign in');
    expect(page.get('Content-Security-Policy')).toMatch(
      /script-src 'sha256-[^']+'; style-src 'sha256-/,
    );
    const refused = await http.get('/board/api/queues').set('Accept', '*/*');
    expect(refused.body).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    const { token } = await makeToken({ name: 'too small', role: 'viewer' });
    const signedIn = await http.post('/api/v1/session').send({ token });
    const [pair = ''] = signedIn.get('Set-Cookie')?.[0]?.split(';') ?? [];
    const forbidden = await http.get('/board').set({ Accept: 'text/html', Cookie: pair });
    expect(forbidden.status).toBe(403);
  });

  test('behind TLS the cookie is sent over TLS only, and to this host only', async () => {
    const signedIn = await http
      .post('/api/v1/session')
      .set('X-Forwarded-Proto', 'https')
      .send({ token: ADMIN_TOKEN });
    expect(signedIn.get('Set-Cookie')?.[0]).toMatch(/^__Host-rat_session=.*; Secure$/);
    const [pair = ''] = signedIn.get('Set-Cookie')?.[0]?.split(';') ?? [];
    const session = await http.get('/api/v1/session').set('Cookie', pair);
    expect(session.body).toMatchObject({ name: 'admin', role: 'admin' });
  });

  test('a page of another site cannot use the cookie, and neither can a client that names no page', async () => {
    const signedIn = await http.post('/api/v1/session').send({ token: ADMIN_TOKEN });
    const [pair = ''] = signedIn.get('Set-Cookie')?.[0]?.split(';') ?? [];
    const post = (headers: Record<string, string>): Promise<{ status: number }> =>
      http.post('/api/v1/stream-tickets').set({ Cookie: pair, ...headers });
    const { host, hostname } = new URL(api.url);
    // A named origin must send a token: the browser adds the cookie for every port of the host.
    const named = { Origin: `http://${hostname}:3000` };
    expect((await post(named)).status).toBe(403);
    expect((await post({ ...named, 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
    const byToken = { ...named, 'Sec-Fetch-Site': 'same-site', ...bearer(ADMIN_TOKEN) };
    expect((await post(byToken)).status).toBe(201);
    expect((await post({ Origin: 'http://evil.example' })).status).toBe(403);
    expect((await post({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await post({ 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
    expect((await post({})).status).toBe(403);
    expect((await post({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201);
    expect((await post({ Origin: `http://${host}` })).status).toBe(201);
  });

  test('a session ends with its token, and when its time is over', async () => {
    const { id, token } = await makeToken({ name: 'short', role: 'viewer' });
    const signIn = async (): Promise<string> => {
      const answer = await http.post('/api/v1/session').send({ token });
      return answer.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
    };
    const [one, other] = [await signIn(), await signIn()];
    await api.db.pool.query(
      `UPDATE token_stand_ins SET expires_at = now() - interval '1 s' WHERE kind = 'session' AND token_id = $1
       AND hash = sha256($2::bytea)`,
      [id, Buffer.from(one.split('=')[1] ?? '')],
    );
    expect((await http.get('/api/v1/runs').set('Cookie', one)).status).toBe(401);
    expect((await http.get('/api/v1/runs').set('Cookie', other)).status).toBe(200);
    await revoke(id);
    expect((await http.get('/api/v1/runs').set('Cookie', other)).status).toBe(401);
  });
});

describe('sign-in without RAT_ADMIN_TOKEN', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;

  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
  }, 60_000);
  afterAll(() => api.close());

  test('no request needs a token until the first one is made, which must be an admin for good', async () => {
    expect((await http.get('/api/v1/session')).body).toEqual({
      sign_in: false,
      name: null,
      role: 'admin',
      namespaces: null,
      expires_at: null,
    });
    expect((await http.post('/api/v1/stream-tickets')).status).toBe(201);
    expect((await http.post('/api/v1/session').send({ token: 'x' })).status).toBe(409);
    // A token that is sent all the same is not looked at.
    expect((await http.get('/api/v1/runs').set(bearer('rat_x'))).status).toBe(200);
    const expires = new Date(Date.now() + 86_400_000).toISOString();
    for (const more of [{ role: 'viewer' }, { role: 'admin', expires_at: expires }]) {
      const refused = await http.post('/api/v1/tokens').send({ name: 'first', ...more });
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({
        error: { message: 'the first token must have the role admin and no end' },
      });
    }
    expect((await http.get('/api/v1/tokens')).body).toEqual({ tokens: [], total: 0 });

    const open = await fetch(`${api.url}/api/v1/events`);
    const reader = open.body?.getReader();
    await reader?.read();
    const made = await http.post('/api/v1/tokens').send({ name: 'first', role: 'admin' });
    expect(made.body).toMatchObject({ created_by: null });
    // What was begun without sign-in ends, and from now on a token is needed.
    while (!(await reader?.read())?.done);
    expect((await http.get('/api/v1/runs')).status).toBe(401);
    const { id, token } = made.body as CreateTokenAnswer;
    expect((await http.get('/api/v1/runs').set(bearer(token))).status).toBe(200);

    const refusals = [
      await http.delete(`/api/v1/tokens/${id}`).set(bearer(token)),
      await http.put(`/api/v1/tokens/${id}`).set(bearer(token)).send({ expires_at: expires }),
    ];
    for (const refusal of refusals) {
      expect(refusal.status).toBe(409);
      expect(refusal.body).toMatchObject({
        error: { message: expect.stringContaining('the last token of an admin') },
      });
    }
  }, 20_000);

  test('another replica requires a token too, soon after the first one was made elsewhere', async () => {
    const other = await openApi();
    try {
      expect((await fetch(`${other.url}/api/v1/runs`)).status).toBe(200);
      await other.db.pool.query(
        `INSERT INTO tokens (id, name, hash, role, revoked_at)
         VALUES (gen_random_uuid(), 'gone', sha256('x'), 'admin', now())`,
      );
      await eventually(
        'sign-in is on',
        async () => (await fetch(`${other.url}/api/v1/runs`)).status === 401,
      );
    } finally {
      await other.close();
    }
  }, 20_000);
});
