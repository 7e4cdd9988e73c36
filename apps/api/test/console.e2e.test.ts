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

test('the console is a page that browsers ask for each time, under a policy without inline code', async () => {
  const page = await http.get('/console/').expect(200);
  expect(page.type).toBe('text/html');
  expect(page.get('Cache-Control')).toBe('no-store');
  const policy = page.get('Content-Security-Policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).toContain("require-trusted-types-for 'script'; trusted-types rat");
  expect(policy).not.toContain('unsafe');
  expect(page.text).not.toMatch(/<style|<script>|style=/);
});

test('every address of the console is answered with its page', async () => {
  const page = await http.get('/console/').expect(200);
  const other = await http.get('/console/runs/42?tab=log').expect(200);
  expect(other.text).toBe(page.text);
});

test('a browser keeps the assets for good, and gets them compressed', async () => {
  const { text } = await http.get('/console/');
  const script = /src="(\/console\/assets\/[^"]+\.js)"/.exec(text)?.[1] ?? '';
  const asset = await http.get(script).set('Accept-Encoding', 'br').expect(200);
  expect(asset.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
  expect(asset.get('Content-Encoding')).toBe('br');
  expect(asset.get('Vary')).toContain('Accept-Encoding');
});

test('an asset of an earlier version is not found, and is never answered with the page', async () => {
  const answer = await http.get('/console/assets/gone-123.js').expect(404);
  expect(answer.body.error.message).toContain('reload the page');
});

test('the console is read-only', async () => {
  const answer = await http.post('/console/').expect(405);
  expect(answer.get('Allow')).toBe('GET, HEAD, OPTIONS');
});

test('/ sends browsers to the console, and answers programs', async () => {
  const page = await http.get('/').set('Accept', 'text/html,*/*;q=0.8').expect(302);
  expect(page.get('Location')).toBe('/console/');
  const { body } = await http.get('/').expect(200);
  expect(body.links.console).toBe('/console/');
});

test('an API whose console is off neither serves it nor sends browsers there', async () => {
  const without = await openApi({ hasConsole: false });
  try {
    await supertest(without.url).get('/console/').expect(404);
    const { body } = await supertest(without.url)
      .get('/')
      .set('Accept', 'text/html,*/*;q=0.8')
      .expect(200);
    expect(body.links).not.toHaveProperty('console');
  } finally {
    await without.close();
  }
});
