import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

test('/health answers as /health/live does', async () => {
  const { body } = await http.get('/health').expect(200);
  expect(body).toEqual({ status: 'ok', version: '9.9.9', git_commit: 'abcdef0', build_time: null });
  expect((await http.get('/health/live').expect(200)).body).toEqual(body);
});

test('the features name what other platforms have, with no plugin', async () => {
  const { body } = await http.get('/api/v1/features').expect(200);
  expect(body).toEqual({
    edition: 'community',
    namespaces: true,
    multi_user: false,
    landing_zones: true,
    plugins: {},
  });
});

test('the principal is the author that the request states, or the local one', async () => {
  const local = { user_id: 'local', email: '', display_name: 'local', roles: ['admin'] };
  expect((await http.get('/api/v1/me').expect(200)).body).toEqual(local);
  const { body } = await http.get('/api/v1/me').set('x-requested-by', 'ana').expect(200);
  expect(body).toMatchObject({ user_id: 'ana', display_name: 'ana' });
});

test.each(['plugins', 'runner/plugins', 'plugin-sources', 'plugin-policies'])(
  'the list of %s is empty',
  async (path) => {
    expect((await http.get(`/api/v1/${path}`).expect(200)).body).toEqual([]);
  },
);

test.each([
  ['get', 'plugins/x'],
  ['put', 'plugins/x/enable'],
  ['put', 'plugins/x/config'],
  ['delete', 'plugins/x'],
  ['post', 'plugin-sources'],
  ['delete', 'plugin-sources/x'],
  ['post', 'plugin-policies'],
  ['get', 'x/catalog/search'],
  ['get', 'permissions/verbs'],
  ['post', 'sharing'],
  ['get', 'identity/capabilities'],
  ['get', 'cloud/credentials?namespace=default'],
] as const)('%s %s is 501: it exists elsewhere, by a plugin', async (method, path) => {
  const { body } = await http[method](`/api/v1/${path}`).expect(501);
  expect(body.error).toMatchObject({
    code: 'NOT_IMPLEMENTED',
    type: 'UNIMPLEMENTED',
    message: expect.stringContaining('not implemented: this platform has no'),
  });
});

test.each([
  ['TRACE', 'plugins', 'GET, HEAD, OPTIONS'],
  ['TRACE', 'runner/plugins', 'GET, HEAD, OPTIONS'],
  ['DELETE', 'x/lineage/graph', 'GET, HEAD, OPTIONS'],
  ['TRACE', 'x/lineage/graph', 'GET, HEAD, OPTIONS'],
])(
  '%s %s is 405: the path is an operation here, and no plugin changes it',
  async (method, path, allow) => {
    const { hostname, port } = new URL(api.url);
    // `fetch` sends no TRACE.
    const sent = request({ hostname, port, method, path: `/api/v1/${path}` }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
  },
);

test.each(['pluginsx', 'plug', 'xy', 'runner', 'cloudy'])(
  'a path that only looks like one of a plugin is an unknown route: %s',
  async (path) => {
    await http.get(`/api/v1/${path}`).expect(404);
  },
);
