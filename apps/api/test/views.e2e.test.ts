import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ViewAnswer, ViewList } from '@rat/contracts';
import { createNamespace } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const VIEWS = '/api/v1/views';
const FAILED = { name: 'Failed today', screen: 'runs', query: { status: 'failed', from: '-24h' } };
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

type Headers = Record<string, string>;
type Http = ReturnType<typeof supertest>;

async function save(http: Http, who: Headers, more: object = {}): Promise<ViewAnswer> {
  const answer = await http
    .post(VIEWS)
    .set(who)
    .send({ ...FAILED, ...more });
  expect({ status: answer.status, body: answer.body as unknown }).toMatchObject({ status: 201 });
  return answer.body as ViewAnswer;
}

async function namesFor(http: Http, who: Headers): Promise<string[]> {
  const { body } = await http.get(`${VIEWS}?screen=runs&limit=200`).set(who).expect(200);
  return (body as ViewList).views.map(({ name }) => name);
}

describe('without sign-in', () => {
  let api: ApiFixture;
  let http: Http;
  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
  }, 60_000);
  afterAll(() => api.close());

  test('a view is saved, found by its address, changed and deleted', async () => {
    const made = await http.post(VIEWS).send(FAILED).expect(201);
    const view = made.body as ViewAnswer;
    expect(view).toMatchObject({ ...FAILED, shared: false, owner: null, mine: true });
    expect(made.headers['location']).toBe(`${VIEWS}/${view.id}`);
    expect((await http.get(`${VIEWS}/${view.id}`).expect(200)).body).toEqual(view);
    const change = { name: 'Red', query: { status: 'failed' }, shared: true };
    const changed = await http.put(`${VIEWS}/${view.id}`).send(change).expect(200);
    expect(changed.body).toMatchObject({ ...change, namespaces: null, may_change: true });
    expect(await namesFor(http, {})).toEqual(['Red']);
    await http.delete(`${VIEWS}/${view.id}`).expect(204);
    await http.get(`${VIEWS}/${view.id}`).expect(404);
    expect(await namesFor(http, {})).toEqual([]);
  });

  test('who a request names has views of their own', async () => {
    await save(http, { 'x-requested-by': 'ana' });
    await save(http, { 'x-requested-by': 'bob' });
    await http.post(VIEWS).set('x-requested-by', 'ana').send(FAILED).expect(409);
    expect(await namesFor(http, { 'x-requested-by': 'ana' })).toEqual([FAILED.name]);
    expect(await namesFor(http, {})).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['no name', { name: '' }, 'name: must be 1 to 100 printable characters'],
    ['a long name', { name: 'x'.repeat(101) }, 'name: must be 1 to 100 printable characters'],
    ['a hidden character', { name: 'a\u202eb' }, 'name: must be 1 to 100 printable characters'],
    ['a space at its end', { name: 'a ' }, 'without spaces at its ends'],
    ['another screen', { screen: 'nowhere' }, 'screen: must be one of runs'],
    ['a filter that is none', { query: { colour: 'red' } }, 'colour'],
    ['a page', { query: { cursor: 'abc' } }, 'cursor'],
    ['a long filter', { query: { q: 'x'.repeat(501) } }, 'query.q: must be 1 to 500 printable'],
    ['an empty filter', { query: { q: '' } }, 'query.q: must be 1 to 500 printable'],
    ['a number', { query: { q: 1 } }, 'query.q: must be a string'],
    ['a word for shared', { shared: 'yes' }, 'shared: must be true or false'],
    ['no query', { query: undefined }, 'query'],
  ])('a view with %s is refused, and the answer says where', async (_, more, message) => {
    const { body } = await http
      .post(VIEWS)
      .send({ ...FAILED, ...more })
      .expect(400);
    expect(JSON.stringify(body)).toContain(message);
  });

  test('a screen that does not exist is refused, and an unknown id is not found', async () => {
    const { body } = await http.get(`${VIEWS}?screen=nowhere`).expect(400);
    expect(body.error.message).toContain('screen: must be one of runs');
    for (const id of [UNKNOWN, 'x']) {
      const answer = await http.put(`${VIEWS}/${id}`).send({ name: 'a' }).expect(404);
      expect(answer.body.error.message).toBe('view not found');
    }
  });
});

describe('with sign-in', () => {
  const root = { authorization: `Bearer ${ADMIN_TOKEN}` };
  let api: ApiFixture;
  let http: Http;

  async function signIn(body: object): Promise<Headers> {
    const made = await http.post('/api/v1/tokens').set(root).send(body).expect(201);
    return { authorization: `Bearer ${(made.body as { token: string }).token}` };
  }

  beforeAll(async () => {
    api = await openApi({ adminToken: ADMIN_TOKEN });
    http = supertest(api.url);
    for (const name of ['sales', 'hr']) await createNamespace(api.db, name, {});
  }, 60_000);
  afterAll(() => api.close());

  test('another person sees the shared view and not the private one, and changes neither', async () => {
    const ana = await signIn({ name: 'ana', role: 'operator' });
    const bob = await signIn({ name: 'bob', role: 'author' });
    const { id: own } = await save(http, ana, { name: 'mine' });
    const { id: shared } = await save(http, ana, { name: 'ours', shared: true });
    expect(await namesFor(http, ana)).toEqual(['mine', 'ours']);
    expect(await namesFor(http, bob)).toEqual(['ours']);
    const seen = await http.get(`${VIEWS}/${shared}`).set(bob).expect(200);
    expect(seen.body).toMatchObject({ owner: 'ana', mine: false, may_change: false });
    for (const [id, status] of [
      [own, 404],
      [shared, 403],
    ] as const) {
      await http.put(`${VIEWS}/${id}`).set(bob).send({ name: 'x' }).expect(status);
      await http.delete(`${VIEWS}/${id}`).set(bob).expect(status);
    }
    await http.get(`${VIEWS}/${own}`).set(root).expect(404);
    await http.put(`${VIEWS}/${shared}`).set(root).send({ shared: false }).expect(200);
    await http.get(`${VIEWS}/${shared}`).set(bob).expect(404);
  });

  test('a viewer saves a view, and needs the role operator to share it', async () => {
    const eve = await signIn({ name: 'eve', role: 'viewer' });
    const { id } = await save(http, eve, { name: 'of eve' });
    const refused = await http.put(`${VIEWS}/${id}`).set(eve).send({ shared: true }).expect(403);
    expect(refused.body.error.message).toBe(
      'sharing a view needs the role operator; eve has the role viewer',
    );
    expect(await namesFor(http, eve)).toEqual(['of eve']);
  });

  test('a shared view with a namespace is shown to those who may see it, and to no others', async () => {
    const sales = await signIn({ name: 'sam', role: 'operator', namespaces: ['sales'] });
    const hr = await signIn({ name: 'hal', role: 'operator', namespaces: ['hr'] });
    const query = { ns: 'hr', pipeline: 'salaries' };
    const { id } = await save(http, root, { name: 'salaries', query, shared: true });
    await save(http, sales, { name: 'of sales', shared: true });
    await save(http, root, { name: 'of all', shared: true });
    expect(await namesFor(http, hr)).toEqual(['of all', 'salaries']);
    expect(await namesFor(http, sales)).toEqual(['of all', 'of sales']);
    await http.get(`${VIEWS}/${id}`).set(sales).expect(404);
    await http
      .post(VIEWS)
      .set(sales)
      .send({ ...FAILED, query })
      .expect(404);
  });

  test('the audit log has who saved, changed and deleted a view', async () => {
    const { id } = await save(http, root, { name: 'audited' });
    await http.put(`${VIEWS}/${id}`).set(root).send({ name: 'x' }).expect(200);
    await http.delete(`${VIEWS}/${id}`).set(root).expect(204);
    const { body } = await http.get(`/api/v1/audit?resource=views/${id}`).set(root).expect(200);
    const entries = body.entries as { action: string; user_id: string }[];
    expect(entries.map(({ action, user_id: who }) => [action, who])).toEqual([
      ['deleteView', 'admin'],
      ['putView', 'admin'],
      ['createView', 'admin'],
    ]);
  });

  test('an admin of some namespaces reads the entries of the views that these share, and of no others', async () => {
    const head = await signIn({ name: 'head', role: 'admin', namespaces: ['sales'] });
    const shared = await save(http, root, { name: 'a', query: { ns: 'sales' }, shared: true });
    const hidden = await save(http, root, { name: 'b', query: { ns: 'sales' } });
    const ofAll = await save(http, root, { name: 'c', shared: true });
    const { body } = await http.get('/api/v1/audit?action=createView').set(head).expect(200);
    const seen = (body.entries as { resource: string }[]).map(({ resource }) => resource);
    expect(seen).toContain(`views/${shared.id}`);
    expect(seen).not.toContain(`views/${hidden.id}`);
    expect(seen).not.toContain(`views/${ofAll.id}`);
  });
});
