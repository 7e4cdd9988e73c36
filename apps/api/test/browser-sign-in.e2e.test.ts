import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHROMIUM, eventually, findForSuite, openPage, type BrowserPage } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';

const program = await findForSuite(CHROMIUM);
const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';

(program === undefined ? describe.skip : describe)('a person with a browser', () => {
  let api: ApiFixture;
  let page: BrowserPage;

  beforeAll(async () => {
    api = await openApi({ adminToken: ADMIN_TOKEN });
    page = await openPage(program ?? '', `${api.url}/board`, 'kept');
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await api?.close();
  });

  function shows(what: string, expression: string): Promise<unknown> {
    return eventually(what, () => page.evaluate<boolean>(expression), 30_000);
  }

  async function enter(token: string): Promise<void> {
    await page.evaluate(
      `document.querySelector('input').value = '${token}'; document.querySelector('button').click()`,
    );
  }

  test('a person signs in at the board with a token, and the page never holds it again', async () => {
    await enter('wrong');
    await shows('the refusal', `document.body.innerText.includes('there is no such token')`);
    await enter(ADMIN_TOKEN);
    await shows('the board', `document.title === 'RAT Runs'`);
    expect(await page.evaluate('document.cookie')).toBe('');

    // The cookie opens event streams, and changes things from pages of the API.
    await page.evaluate(`window.source = new EventSource('/api/v1/events')`);
    await shows('an open stream', 'source.readyState === 1');
    const ask = (method: string, path: string): Promise<number> =>
      page.evaluate(`fetch('${path}', { method: '${method}' }).then(({ status }) => status)`);
    expect(await ask('POST', '/api/v1/stream-tickets')).toBe(201);

    expect(await ask('DELETE', '/api/v1/session')).toBe(204);
    expect(await ask('GET', '/api/v1/session')).toBe(401);
    await shows('a stream that has ended', 'source.readyState === 2');
  }, 60_000);
});
