import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHROMIUM, eventually, findForSuite, openPage, type BrowserPage } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const program = await findForSuite(CHROMIUM);
const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const AUTHORIZATION = { authorization: `Bearer ${ADMIN_TOKEN}` };
const OPEN_MS = 60_000;

/** Many parameters; a body; an answer that is sent by the page itself. */
const OPERATIONS = ['runs/listRuns', 'runs/createRun', 'features/getFeatures'];

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN_TOKEN });
  http = supertest(api.url);
});
afterAll(() => api.close());

test('/docs is a page whose policy allows its own files only', async () => {
  for (const path of ['/docs', '/docs/']) {
    const page = await http.get(path).set(AUTHORIZATION).expect(200);
    expect(page.type).toBe('text/html');
    const policy = page.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, at]) => at ?? '');
    expect(files).toHaveLength(4);
    for (const file of files) await http.get(file).set(AUTHORIZATION).expect(200);
  }
});

test('/docs is read-only, and names no file that it does not need', async () => {
  const refused = await http.post('/docs').set(AUTHORIZATION).expect(405);
  expect(refused.get('Allow')).toBe('GET, HEAD, OPTIONS');
  for (const file of ['index.html', 'swagger-initializer.js', '..%2Fpackage.json', 'toString']) {
    const { body } = await http.get(`/docs/${file}`).set(AUTHORIZATION).expect(404);
    expect(body.error).toMatchObject({ code: 'NOT_FOUND' });
  }
});

test('a person who opens /docs without a session gets a form for the token', async () => {
  const page = await http.get('/docs').set('Accept', 'text/html,*/*;q=0.8').expect(401);
  expect(page.text).toContain('<title>Sign in');
});

(program === undefined ? describe.skip : describe)('the page of the API in a browser', () => {
  let page: BrowserPage;
  beforeAll(async () => {
    page = await openPage(program ?? '', `${api.url}/docs`, 'kept');
  }, 120_000);
  afterAll(() => page?.close());

  function shows(what: string, expression: string): Promise<unknown> {
    return eventually(what, () => page.evaluate<boolean>(expression), OPEN_MS);
  }

  function clickAll(selector: string): Promise<void> {
    return page.evaluate(
      `document.querySelectorAll(${JSON.stringify(selector)}).forEach((one) => one.click())`,
    );
  }

  test('with operations, schemas and dialogs open the page breaks no rule of its policy, and asks no other host', async () => {
    await page.evaluate(
      `document.querySelector('input').value = '${ADMIN_TOKEN}'; document.querySelector('button').click()`,
    );
    const count = (selector: string): string => `document.querySelectorAll('${selector}').length`;
    await shows('the tags', `${count('.opblock-tag-section')} > 5`);
    const before = page.errors();
    await clickAll('.models-control[aria-expanded="false"]');
    await clickAll('.json-schema-2020-12-expand-deep-button');
    await clickAll('.btn.authorize');
    await shows('the dialog for the token', `${count('.dialog-ux')} > 0`);

    for (const operation of OPERATIONS) {
      // The page opens the operation that the address names.
      await page.evaluate(`location.hash = '#/${operation}'; location.reload()`);
      const id = `#operations-${operation.replace('/', '-')}`;
      await shows(operation, `${count(`${id} .try-out__btn`)} === 1`);
      await clickAll(`${id} .try-out__btn`);
    }
    // The session of the browser holds for requests that the page sends.
    const here = '#operations-features-getFeatures';
    await shows('the button', `${count(`${here} .execute`)} === 1`);
    await clickAll(`${here} .execute`);
    await shows(
      'the answer',
      `document.querySelector('${here} .live-responses-table')?.innerText.includes('community') === true`,
    );

    expect(page.errors().slice(before.length)).toEqual([]);
    expect(before.filter((text) => !text.includes('401'))).toEqual([]);
    expect(page.requests().length).toBeGreaterThan(5);
    const outside = page
      .requests()
      .filter((url) => !url.startsWith(api.url) && !url.startsWith('data:'));
    expect(outside).toEqual([]);
  }, 180_000);
});
