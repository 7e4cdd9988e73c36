import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { CLIENT, openProvider, type ProviderFixture } from '@rat/testing';
import supertest from 'supertest';
import { SignIn } from '../src/auth/sign-in.ts';
import { parseGroupRoles, toSignInProvider, type OidcSettings } from '../src/oidc/oidc-settings.ts';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ScriptedBrowser } from './scripted-browser.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const LOGIN_COOKIE = 'rat_sign_in';
const SESSION_COOKIE = 'rat_session';

let provider: ProviderFixture;
let api: ApiFixture;
let http: ReturnType<typeof supertest>;
let callback: string;

beforeAll(async () => {
  provider = await openProvider();
  const settings = settingsOf(provider.issuer);
  api = await openApi({ adminToken: ADMIN_TOKEN, oidc: settings });
  // The address of the API is known only now.
  settings.publicUrl.port = new URL(api.url).port;
  provider.serve(api.url);
  http = supertest(api.url);
  callback = `${api.url}/sign-in/oidc/callback`;
  provider.groups.set('ana', ['staff']);
  provider.groups.set('mallory', ['staff']);
  provider.groups.set('sam', ['sales', 'unknown']);
}, 60_000);
afterAll(async () => {
  await api.close();
  await provider.close();
});

function settingsOf(issuer: URL): OidcSettings {
  return {
    issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    publicUrl: new URL('http://127.0.0.1'),
    scopes: 'openid email groups',
    groupsClaim: 'groups',
    roles: parseGroupRoles('staff=viewer, platform=admin, sales=operator:sales'),
  };
}

/** The address that the provider sends a browser back to, once `person` has signed in there. */
function answerFor(browser: ScriptedBrowser, person: string, query = ''): Promise<string> {
  return browser.signInAs(person, `${api.url}/sign-in/oidc${query}`, callback);
}

function sessionOf(browser: ScriptedBrowser): Promise<supertest.Response> {
  const value = browser.cookieOf(api.url, SESSION_COOKIE) ?? '';
  return http.get('/api/v1/session').set('Cookie', `${SESSION_COOKIE}=${value}`);
}

test('a person of a mapped group is signed in with the role of the group, and signs out', async () => {
  const browser = new ScriptedBrowser();
  const answer = await answerFor(browser, 'ana', '?return_to=/docs%3Fx=1');
  const response = await browser.send(answer);
  const page = await response.text();
  expect(response.status).toBe(200);
  expect(page).toContain('<meta http-equiv="refresh" content="0;url=/docs?x=1">');
  const [, cookie] = response.headers.getSetCookie();
  expect(cookie).toMatch(
    /^rat_session=rats_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
  );
  expect(browser.cookieOf(api.url, LOGIN_COOKIE)).toBeUndefined();
  const { body } = await sessionOf(browser);
  expect(body).toMatchObject({ name: 'oidc:ana@example.org', role: 'viewer', namespaces: null });
  expect(Date.parse(body.expires_at) - Date.now()).toBeLessThanOrEqual(12 * 3_600_000);
  const session = `${SESSION_COOKIE}=${browser.cookieOf(api.url, SESSION_COOKIE)}`;
  await http.get('/api/v1/runs').set('Cookie', session).expect(200);
  const entries = await http
    .get('/api/v1/audit?action=signInAtProvider')
    .set({ authorization: `Bearer ${ADMIN_TOKEN}` });
  expect(entries.body.entries[0]).toMatchObject({
    user_id: 'oidc:ana@example.org',
    status: 200,
    session_id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  await http.delete('/api/v1/session').set({ Cookie: session, origin: api.url }).expect(204);
  await http.get('/api/v1/runs').set('Cookie', session).expect(401);
});

test('a group that is limited to namespaces limits its members, and a ticket of the session too', async () => {
  const browser = new ScriptedBrowser();
  await browser.open(await answerFor(browser, 'sam'));
  const { body } = await sessionOf(browser);
  expect(body).toMatchObject({ role: 'operator', namespaces: ['sales'] });
  const Cookie = `${SESSION_COOKIE}=${browser.cookieOf(api.url, SESSION_COOKIE)}`;
  await http.get('/api/v1/runs?namespace=default').set({ Cookie }).expect(404);
  const made = await http.post('/api/v1/stream-tickets').set({ Cookie, origin: api.url });
  const { ticket } = made.body as { ticket: string };
  const leave = new AbortController();
  const events = `${api.url}/api/v1/events?namespace=sales&ticket=${ticket}`;
  expect((await fetch(events, { signal: leave.signal })).status).toBe(200);
  leave.abort();
});

test('the role is that of the groups at the sign-in, and a new sign-in ends the former session', async () => {
  const browser = new ScriptedBrowser();
  await browser.open(await answerFor(browser, 'ana'));
  const former = browser.cookieOf(api.url, SESSION_COOKIE);
  provider.groups.set('ana', ['staff', 'platform']);
  expect((await sessionOf(browser)).body).toMatchObject({ role: 'viewer' });
  await browser.open(await answerFor(browser, 'ana'));
  provider.groups.set('ana', ['staff']);
  expect((await sessionOf(browser)).body).toMatchObject({ role: 'admin' });
  await http.get('/api/v1/session').set('Cookie', `${SESSION_COOKIE}=${former}`).expect(401);
});

test('a session has the role that the mapping gives its groups now, and ends when it gives none', async () => {
  const browser = new ScriptedBrowser();
  await browser.open(await answerFor(browser, 'sam'));
  const secret = browser.cookieOf(api.url, SESSION_COOKIE) ?? '';
  /** What the session gives at an API with another RAT_OIDC_ROLES. */
  const roleWith = async (roles: string): Promise<unknown> => {
    const settings = { ...settingsOf(provider.issuer), roles: parseGroupRoles(roles) };
    const signIn = new SignIn({
      db: api.db,
      log: createLogger('test', { level: 'silent' }),
      adminToken: undefined,
      provider: toSignInProvider(settings),
    });
    const grant = signIn.identify({ kind: 'session', secret });
    return grant.then(({ principal }) => principal).finally(() => signIn.close());
  };
  const name = 'oidc:sam@example.org';
  expect(await roleWith('sales=operator:sales')).toMatchObject({ name, role: 'operator' });
  expect(await roleWith('sales=viewer:sales+shop')).toEqual({
    name,
    role: 'viewer',
    namespaces: ['sales', 'shop'],
  });
  await expect(roleWith('staff=admin')).rejects.toThrow('the session has ended');
  // A group that had no role at the sign-in counts from the next one on.
  await expect(roleWith('unknown=admin')).rejects.toThrow('the session has ended');
});

test('a session that an earlier version has stored, without its groups, has ended', async () => {
  const browser = new ScriptedBrowser();
  await browser.open(await answerFor(browser, 'sam'));
  await api.db.pool.query(
    "UPDATE token_stand_ins SET person = person - 'groups' WHERE person ->> 'name' = $1",
    ['oidc:sam@example.org'],
  );
  expect((await sessionOf(browser)).status).toBe(401);
});

test('an admin ends the sessions of a person in all browsers, and of no other one', async () => {
  const people = ['sam', 'sam', 'ana'];
  const browsers = people.map(() => new ScriptedBrowser());
  for (const [index, browser] of browsers.entries()) {
    await browser.open(await answerFor(browser, people[index] ?? ''));
  }
  const path = `/api/v1/sessions/${encodeURIComponent('oidc:sam@example.org')}`;
  const end = () => http.delete(path).set('authorization', `Bearer ${ADMIN_TOKEN}`).expect(200);
  expect((await end()).body.ended).toBeGreaterThanOrEqual(2);
  expect((await end()).body).toEqual({ ended: 0 });
  const statuses = await Promise.all(browsers.map(async (one) => (await sessionOf(one)).status));
  expect(statuses).toEqual([401, 401, 200]);
});

test('a person of no mapped group gets a page that names the reason, and no session', async () => {
  const browser = new ScriptedBrowser();
  const page = await browser.open(await answerFor(browser, 'eve'));
  expect(page.status).toBe(403);
  expect(page.text).toContain('eve@example.org is signed in at the identity provider');
  expect(browser.cookieOf(api.url, SESSION_COOKIE)).toBeUndefined();
});

test('an address that the provider has not verified is no name', async () => {
  const browser = new ScriptedBrowser();
  await browser.open(await answerFor(browser, 'mallory'));
  expect((await sessionOf(browser)).body).toMatchObject({ name: 'oidc:mallory' });
});

test('an answer of the provider signs in once, also in the browser that has kept its cookie', async () => {
  const browser = new ScriptedBrowser();
  const answer = await answerFor(browser, 'ana');
  const kept = browser.cookieOf(api.url, LOGIN_COOKIE) ?? '';
  expect((await browser.open(answer)).status).toBe(200);
  expect((await browser.open(answer)).status).toBe(400);
  browser.plant(api.url, LOGIN_COOKIE, kept);
  expect((await browser.open(answer)).status).toBe(400);
});

test('an answer of the provider signs no other browser in', async () => {
  const attacker = new ScriptedBrowser();
  const answer = await answerFor(attacker, 'ana');
  const [stranger, victim] = [new ScriptedBrowser(), new ScriptedBrowser()];
  expect((await stranger.open(answer)).status).toBe(400);
  await answerFor(victim, 'sam');
  const page = await victim.open(answer);
  expect(page.status).toBe(400);
  expect(page.text).toContain('The sign-in is refused');
  expect(victim.cookieOf(api.url, SESSION_COOKIE)).toBeUndefined();
});

test.each<[string, (answer: URL) => void]>([
  ['another state', (answer) => answer.searchParams.set('state', 'x')],
  ['no state', (answer) => answer.searchParams.delete('state')],
  ['another issuer', (answer) => answer.searchParams.set('iss', 'https://evil.example')],
  ['no issuer', (answer) => answer.searchParams.delete('iss')],
  ['another code', (answer) => answer.searchParams.set('code', 'x')],
  ['two codes', (answer) => answer.searchParams.append('code', 'x')],
  ['an error', (answer) => answer.searchParams.set('error', '<script>')],
])('an answer with %s is refused with a page, and shows nothing of it', async (_what, change) => {
  const browser = new ScriptedBrowser();
  const answer = new URL(await answerFor(browser, 'ana'));
  change(answer);
  const page = await browser.open(answer.href);
  expect(page.status).toBe(400);
  expect(page.text).not.toContain('<script>');
  expect(browser.cookieOf(api.url, SESSION_COOKIE)).toBeUndefined();
});

test.each(['nonce', 'code_challenge'])(
  'a sign-in whose %s was exchanged on the way to the provider is refused',
  async (name) => {
    const browser = new ScriptedBrowser();
    const begun = await browser.open(`${api.url}/sign-in/oidc`, provider.issuer.href);
    const exchanged = new URL(begun.url);
    exchanged.searchParams.set(name, 'a'.repeat(43));
    const answer = await browser.signInAs('ana', exchanged.href, callback);
    expect((await browser.open(answer)).status).toBe(400);
    expect(browser.cookieOf(api.url, SESSION_COOKIE)).toBeUndefined();
  },
);

test.each(['//evil.example', 'https://evil.example/', '/\\evil.example', '/%09/evil.example'])(
  'a sign-in that shall return to %s returns to the start page',
  async (path) => {
    const browser = new ScriptedBrowser();
    const query = `?return_to=${encodeURIComponent(path)}`;
    const page = await browser.open(await answerFor(browser, 'ana', query));
    expect(page.text).toMatch(/content="0;url=(\/board|\/%09\/evil\.example)"/);
  },
);

test('the page that asks for a token links to the provider, and back to where the browser was', async () => {
  const page = await http.get('/board?a=1').set('accept', 'text/html').expect(401);
  expect(page.text).toContain('href="/sign-in/oidc?return_to=%2Fboard%3Fa%3D1"');
});

test('a session of a provider that is configured no more has ended', async () => {
  const browser = new ScriptedBrowser();
  await browser.open(await answerFor(browser, 'ana'));
  await api.db.pool.query(
    `UPDATE token_stand_ins SET person = jsonb_set(person, '{issuer}', '"https://former.example/"') WHERE person IS NOT NULL`,
  );
  expect((await sessionOf(browser)).status).toBe(401);
});

test('answers that the provider refuses are failed sign-ins of their address', async () => {
  const settings = settingsOf(provider.issuer);
  const rates = { requests: 0, runs: 0, address: 0, sign_in_failures: 2 };
  const limited = await openApi({ adminToken: ADMIN_TOKEN, oidc: settings, rates });
  try {
    settings.publicUrl.port = new URL(limited.url).port;
    const begun = await supertest(limited.url).get('/sign-in/oidc').expect(302);
    const state = new URL(begun.headers['location'] ?? '').searchParams.get('state') ?? '';
    const cookie = (begun.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
    const query = { state, code: 'x', iss: provider.issuer.href };
    const answer = (): Promise<supertest.Response> =>
      supertest(limited.url).get('/sign-in/oidc/callback').query(query).set('Cookie', cookie);
    for (let n = 0; n < 2; n += 1) expect((await answer()).status).toBe(400);
    expect((await answer()).status).toBe(429);
  } finally {
    await limited.close();
  }
}, 60_000);

test('a provider that is down gets its own page, and stops nothing else', async () => {
  const down = await openApi({
    adminToken: ADMIN_TOKEN,
    oidc: settingsOf(new URL('http://127.0.0.1:1')),
  });
  const page = await supertest(down.url).get('/sign-in/oidc').expect(503);
  expect(page.text).toContain('The identity provider cannot be reached');
  const asAdmin = { authorization: `Bearer ${ADMIN_TOKEN}` };
  await supertest(down.url).get('/api/v1/runs').set(asAdmin).expect(200);
  await down.close();
});
