import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CreateTokenAnswer } from '@rat/contracts';
import { createRun } from '@rat/store';
import { eventually } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
/** A right that is withdrawn ends its streams within this time. */
const ENDS_WITHIN_MS = 5_000;

let api: ApiFixture;
let http: ReturnType<typeof supertest>;

beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN_TOKEN });
  http = supertest(api.url);
}, 60_000);
afterAll(() => api.close());

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

async function makeToken(more: object): Promise<CreateTokenAnswer> {
  const answer = await http.post('/api/v1/tokens').set(bearer(ADMIN_TOKEN)).send(more);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
  return answer.body as CreateTokenAnswer;
}

function revoke(id: string): Promise<{ status: number }> {
  return http.delete(`/api/v1/tokens/${id}`).set(bearer(ADMIN_TOKEN));
}

/** Opens an event stream, and resolves with the milliseconds until it ends after `act`. */
async function timeUntilEnd(
  stream: { path: string; headers: Record<string, string> },
  act: () => Promise<unknown>,
): Promise<number> {
  const response = await fetch(`${api.url}${stream.path}`, { headers: stream.headers });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  await reader?.read();
  await act();
  const start = performance.now();
  while (!(await reader?.read())?.done);
  return performance.now() - start;
}

test('a ticket opens one stream, once, with the rights of who made it', async () => {
  const { token } = await makeToken({ name: 'streamer', role: 'viewer' });
  const made = await http.post('/api/v1/stream-tickets').set(bearer(token));
  expect(made.status).toBe(201);
  const { ticket, expires_at: end } = made.body as { ticket: string; expires_at: string };
  expect(Date.parse(end) - Date.now()).toBeLessThanOrEqual(30_000);
  // It opens nothing but event streams.
  expect((await http.get(`/api/v1/runs?ticket=${ticket}`)).status).toBe(401);
  expect((await http.get('/api/v1/runs').set(bearer(ticket))).status).toBe(401);
  const open = async (): Promise<number> => {
    const leave = new AbortController();
    const path = `/api/v1/events?ticket=${ticket}`;
    const { status } = await fetch(`${api.url}${path}`, { signal: leave.signal });
    leave.abort();
    return status;
  };
  const both = await Promise.all([open(), open()]);
  expect(new Set(both)).toEqual(new Set([200, 401]));
  expect(await open()).toBe(401);
});

test('a stream that a ticket opened ends within 5 seconds of the session that made the ticket', async () => {
  const { token } = await makeToken({ name: 'in a browser', role: 'viewer' });
  const signedIn = await http.post('/api/v1/session').send({ token });
  const [Cookie = ''] = signedIn.get('Set-Cookie')?.[0]?.split(';') ?? [];
  const makeTicket = async (): Promise<string> => {
    const origin = { Cookie, origin: api.url };
    const made = await http.post('/api/v1/stream-tickets').set(origin).expect(201);
    return (made.body as { ticket: string }).ticket;
  };
  const [ticket, unused] = [await makeTicket(), await makeTicket()];
  const path = `/api/v1/events?ticket=${ticket}`;
  const ms = await timeUntilEnd({ path, headers: {} }, () =>
    http.delete('/api/v1/session').set({ Cookie, origin: api.url }).expect(204),
  );
  expect(ms).toBeLessThan(ENDS_WITHIN_MS);
  expect((await http.get(`/api/v1/events?ticket=${unused}`)).status).toBe(401);
  expect((await http.get('/api/v1/runs').set(bearer(token))).status).toBe(200);
}, 20_000);

test('a ticket whose time is over opens nothing', async () => {
  const made = await http.post('/api/v1/stream-tickets').set(bearer(ADMIN_TOKEN));
  const { ticket } = made.body as { ticket: string };
  await api.db.pool.query(
    `UPDATE token_stand_ins SET expires_at = now() - interval '1 s' WHERE kind = 'ticket'`,
  );
  expect((await http.get(`/api/v1/events?ticket=${ticket}`)).status).toBe(401);
});

test('a revoked token ends its event streams within 5 seconds', async () => {
  const { id, token } = await makeToken({ name: 'watcher', role: 'viewer' });
  const run = await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  const headers = { ...bearer(token), accept: 'text/event-stream' };
  const times = await Promise.all([
    timeUntilEnd({ path: '/api/v1/events', headers }, () => revoke(id)),
    timeUntilEnd({ path: `/api/v1/runs/${run.id}/logs`, headers }, async () => undefined),
  ]);
  for (const ms of times) expect(ms).toBeLessThan(ENDS_WITHIN_MS);
}, 20_000);

test('a token that expires, and a session that is signed out, end their streams within 5 seconds', async () => {
  const { id, token } = await makeToken({ name: 'until now', role: 'viewer' });
  const expire = async (): Promise<void> => {
    const put = { expires_at: new Date(Date.now() - 1_000).toISOString() };
    const answer = await http.put(`/api/v1/tokens/${id}`).set(bearer(ADMIN_TOKEN)).send(put);
    expect(answer.status).toBe(200);
  };
  const byToken = timeUntilEnd({ path: '/api/v1/events', headers: bearer(token) }, expire);
  const signedIn = await http.post('/api/v1/session').send({ token: ADMIN_TOKEN });
  const [Cookie = ''] = signedIn.get('Set-Cookie')?.[0]?.split(';') ?? [];
  const bySession = timeUntilEnd({ path: '/api/v1/events', headers: { Cookie } }, () =>
    http.delete('/api/v1/session').set('Cookie', Cookie),
  );
  expect(await byToken).toBeLessThan(ENDS_WITHIN_MS);
  expect(await bySession).toBeLessThan(ENDS_WITHIN_MS);
}, 20_000);

test('the sessions of a principal that an admin ends, end their streams within 5 seconds, and its token stays valid', async () => {
  const { token } = await makeToken({ name: 'two browsers', role: 'viewer' });
  const signIn = async (secret: string): Promise<string> => {
    const signedIn = await http.post('/api/v1/session').send({ token: secret }).expect(200);
    return signedIn.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
  };
  const [one, other, admin] = [await signIn(token), await signIn(token), await signIn(ADMIN_TOKEN)];
  const end = (principal: string): Promise<{ body: unknown }> =>
    http.delete(`/api/v1/sessions/${encodeURIComponent(principal)}`).set(bearer(ADMIN_TOKEN));
  const path = '/api/v1/events';
  const ms = await timeUntilEnd({ path, headers: { Cookie: one } }, async () => {
    expect((await end('two browsers')).body).toEqual({ ended: 2 });
  });
  expect(ms).toBeLessThan(ENDS_WITHIN_MS);
  const get = async (headers: Record<string, string>): Promise<number> =>
    (await http.get('/api/v1/runs').set(headers)).status;
  expect(await get({ Cookie: other })).toBe(401);
  expect(await get(bearer(token))).toBe(200);
  expect(await get({ Cookie: admin })).toBe(200);
  await end('admin');
  expect(await get({ Cookie: admin })).toBe(401);
  // No name has a NUL.
  expect((await end('\0')).body).toEqual({ ended: 0 });
}, 20_000);

test('an entry of the audit log has the token and the session of its request', async () => {
  const { id, token } = await makeToken({ name: 'audited', role: 'operator' });
  const signedIn = await http.post('/api/v1/session').send({ token });
  const [Cookie = ''] = signedIn.get('Set-Cookie')?.[0]?.split(';') ?? [];
  const bySession = { Cookie, origin: api.url };
  await http.post('/api/v1/runs/x/cancel').set(bearer(token)).expect(404);
  await http.post('/api/v1/runs/y/cancel').set(bySession).expect(404);
  await http.post('/api/v1/runs/z/cancel').set(bearer(ADMIN_TOKEN)).expect(404);
  const page = await http.get(`/api/v1/audit?token_id=${id}`).set(bearer(ADMIN_TOKEN)).expect(200);
  const inSession = { token_id: id, session_id: expect.stringMatching(/^[0-9a-f]{16}$/) };
  expect(page.body).toMatchObject({
    total: 3,
    entries: [
      { resource: 'runs/y', ...inSession },
      { resource: 'runs/x', token_id: id, session_id: null },
      { action: 'createSession', token_id: id, session_id: null },
    ],
  });
  const all = await http.get('/api/v1/audit?resource=runs/z').set(bearer(ADMIN_TOKEN));
  expect(all.body).toMatchObject({ entries: [{ user_id: 'admin', token_id: null }] });
});

test('a stranger learns from the open routes that the service is there, and no more', async () => {
  const bare = [
    ['/', { service: 'rat runs', links: expect.any(Object) }],
    ['/health', { status: 'ok' }],
    ['/health/live', { status: 'ok' }],
    ['/health/ready', { status: 'down' }],
  ] as const;
  for (const headers of [{}, bearer('rat_guessed'), { Cookie: 'rat_session=rats_x' }]) {
    for (const [path, answer] of bare) {
      expect((await http.get(path).set(headers)).body).toEqual(answer);
    }
  }
  const { token } = await makeToken({ name: 'operator of health', role: 'viewer' });
  expect((await http.get('/').set(bearer(token))).body).toHaveProperty('version', '9.9.9');
  const ready = await http.get('/health/ready').set(bearer(token)).expect(503);
  expect(ready.body).toMatchObject({ checks: { runners: { live: 0 } } });
});

test('a stream continues while its token is valid', async () => {
  const { token } = await makeToken({ name: 'patient', role: 'viewer' });
  const watched = await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  const leave = new AbortController();
  const response = await fetch(`${api.url}/api/v1/events`, {
    headers: bearer(token),
    signal: leave.signal,
  });
  const reader = response.body?.getReader();
  // Two looks at its right.
  const wanted = performance.now() + 5_000;
  await eventually('the token is looked at', () => Promise.resolve(performance.now() > wanted));
  await http.post(`/api/v1/runs/${watched.id}/cancel`).set(bearer(ADMIN_TOKEN));
  let text = '';
  while (!text.includes(watched.id)) {
    const read = await reader?.read();
    expect(read?.done).toBe(false);
    text += Buffer.from(read?.value ?? []).toString();
  }
  leave.abort();
}, 20_000);
