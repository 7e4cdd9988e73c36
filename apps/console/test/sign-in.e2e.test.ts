import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  backends,
  CHROMIUM,
  CLIENT,
  eventually,
  FaultProxy,
  findForSuite,
  openPage,
  openProvider,
  startFleet,
  type BrowserPage,
  type Fleet,
  type ProviderFixture,
} from '@rat/testing';
import {
  DESK,
  EDITOR_TEXT,
  findBarriers,
  rewriteEditor,
  shows,
  showsText,
} from './console-fixture.ts';

/** Each test waits several times, each time up to 30 s. */
jest.setTimeout(180_000);

const program = await findForSuite(CHROMIUM);
const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const FORM = 'Sign in to RAT Runs';
const ENDED = 'Your session has ended';

(program === undefined ? describe.skip : describe)('signing in to the console', () => {
  let fleet: Fleet;
  let provider: ProviderFixture;
  let proxy: FaultProxy;
  let site: string;
  let page: BrowserPage;
  /** A run whose log continues until the run is cancelled. */
  let endless: string;
  const pages: BrowserPage[] = [];
  const browsers: BrowserPage[] = [];

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    provider = await openProvider();
    // The provider must know the address of the service, and the service that of the provider, before either answers.
    proxy = await FaultProxy.open(provider.issuer.href);
    // Another host than the provider's, so for the browser the two are different sites.
    const publicUrl = `http://localhost:${proxy.port}`;
    provider.serve(publicUrl);
    fleet = await startFleet({
      backend,
      apis: 1,
      runners: 1,
      env: {
        RAT_ADMIN_TOKEN: ADMIN_TOKEN,
        RAT_OIDC_ISSUER: provider.issuer.href.replace(/\/$/, ''),
        RAT_OIDC_CLIENT_ID: CLIENT.id,
        RAT_OIDC_CLIENT_SECRET: CLIENT.secret,
        RAT_OIDC_ROLES: 'staff=viewer,platform=admin',
        RAT_PUBLIC_URL: publicUrl,
      },
    });
    proxy.retarget(fleet.apis[0]?.url ?? '');
    site = `${publicUrl}/console`;
    provider.groups.set('ana', ['staff']);
    provider.groups.set('peter', ['staff', 'platform']);
    await fleet.putPipeline('default/silver/endless', {
      sql: 'SELECT count(*) AS n FROM range(3000000) a, range(3000000) b',
    });
    endless = await fleet.createRun('default/silver/endless');
    await fleet.spy.waitFor(endless, 'running');
    page = await openBrowser('/');
  }, 120_000);
  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await fleet?.close();
    await proxy?.close();
    await provider?.close();
  });

  /** A browser of its own, in which no person is signed in. */
  async function openBrowser(path: string): Promise<BrowserPage> {
    const opened = await openPage(program ?? '', site + path, 'kept');
    browsers.push(opened);
    pages.push(opened);
    await opened.show(DESK);
    return opened;
  }

  async function openTab(path: string): Promise<BrowserPage> {
    const tab = await page.newTab(site + path);
    pages.push(tab);
    return tab;
  }

  /** Fills in the form on the screen. */
  async function signIn(token: string, tab = page): Promise<void> {
    await showsText(tab, FORM);
    await tab.click('#token');
    await tab.press('Control+a');
    await tab.type(token);
    await tab.press('Enter');
  }

  /** Opens an address and signs in there, unless the browser is signed in. */
  async function openSignedIn(path: string, token = ADMIN_TOKEN): Promise<void> {
    await page.open(site + path);
    await shows(page, 'a screen', `document.querySelector('#token, #screen')`);
    if (await page.evaluate<boolean>(`document.querySelector('#token') !== null`))
      await signIn(token);
    await shows(page, 'the screen', `document.querySelector('#screen')`);
  }

  async function signOut(): Promise<void> {
    await page.click('text="Sign out"');
    await showsText(page, FORM);
  }

  /** Presses the way to the identity provider, and fills in the provider's forms. */
  async function signInAs(person: string, browser: BrowserPage): Promise<void> {
    await browser.click('text=Sign in with your account');
    await browser.click('[name=login]');
    await browser.type(person);
    await browser.click('[name=password]');
    await browser.type('any');
    await browser.click('[type=submit]');
    await browser.click('text=Continue');
  }

  async function countStreams(): Promise<number> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const metrics = await (await fetch(`${fleet.apis[0]?.url}/metrics`, { headers })).text();
    return Number(/^rat_event_streams (\d+)/m.exec(metrics)?.[1]);
  }

  function expireSessions(): Promise<unknown> {
    return fleet.query(
      `UPDATE token_stand_ins SET expires_at = now() - interval '1 s' WHERE kind = 'session'`,
    );
  }

  const addressOf = (tab: BrowserPage): Promise<string> => tab.evaluate('location.href');

  test('a wrong token is refused in words, and the right one shows the page of the address', async () => {
    const address = `${site}/runs?status=running`;
    await page.open(address);
    await showsText(page, FORM);
    expect(await page.evaluate(`document.body.innerText`)).not.toContain(ENDED);
    expect(await findBarriers(page)).toEqual([]);
    await signIn('wrong');
    await showsText(page, 'there is no such token');
    await signIn(ADMIN_TOKEN);
    await showsText(page, 'silver.endless');
    expect(await addressOf(page)).toBe(address);
    const kept = `JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])`;
    expect(await page.evaluate(kept)).not.toContain(ADMIN_TOKEN);
  });

  test('Back leads to the page before, and a reload keeps the session', async () => {
    await openSignedIn('/runs?status=running');
    await page.click('nav >> text=Pipelines');
    await shows(page, 'the pipelines', `location.pathname === '/console/pipelines'`);
    await page.evaluate('history.back()');
    await shows(page, 'the page before', `location.search === '?status=running'`);
    await showsText(page, 'silver.endless');
    await page.open(await addressOf(page));
    await showsText(page, 'silver.endless');
    await showsText(page, 'Sign out');
  });

  test('signing out leads each tab to the form, at its own address', async () => {
    await openSignedIn('/runs');
    const other = await openTab('/pipelines?q=endless');
    await showsText(other, '● live');
    await signOut();
    await showsText(other, FORM);
    expect(await addressOf(other)).toBe(`${site}/pipelines?q=endless`);
    await signIn(ADMIN_TOKEN, other);
    await showsText(other, '1 pipeline');
  });

  test('a token that is revoked ends the streams, and the page shows the form to sign in at the same address', async () => {
    const { id, token } = await fleet.client().tokens.create({ name: 'watcher', role: 'viewer' });
    await openSignedIn('/');
    await signOut();
    await eventually('no stream is open', async () => (await countStreams()) === 0);
    const path = `/runs/${endless}?tab=log#L1`;
    await openSignedIn(path, token);
    await showsText(page, 'Executing SQL');
    await eventually('the streams are open', async () => (await countStreams()) === 2);
    await fleet.client().tokens.delete(id);
    await showsText(page, ENDED);
    expect(await page.evaluate(`document.body.innerText`)).not.toContain('Executing SQL');
    expect(await addressOf(page)).toBe(site + path);
    expect(await countStreams()).toBe(0);
    await signIn(ADMIN_TOKEN);
    await showsText(page, 'Executing SQL');
    await showsText(page, '● live');
    expect(await addressOf(page)).toBe(site + path);
  });

  test('a session that expires during an edit is reported, and the text is there after signing in', async () => {
    await fleet.putPipeline('default/silver/edited', { sql: 'SELECT 1 AS n' });
    const path = '/p/default/silver/edited?tab=code';
    await openSignedIn(path);
    await rewriteEditor(page, 'SELECT 2 AS n -- mine');
    await showsText(page, 'unsaved, from v1');
    await expireSessions();
    await page.press('Control+s');
    await showsText(page, ENDED);
    await shows(page, 'the keyboard in the form', `document.activeElement?.id === 'token'`);
    expect(await findBarriers(page)).toEqual([]);
    await signIn(ADMIN_TOKEN);
    await shows(page, 'the text', `(${EDITOR_TEXT})?.innerText.includes('-- mine')`);
    expect(await addressOf(page)).toBe(site + path);
    await page.click('text="Save"');
    await showsText(page, 'v2, saved');
  });

  test('a query that was typed and not run is there after signing in again', async () => {
    await openSignedIn('/query');
    await rewriteEditor(page, 'SELECT 42 AS answer -- mine');
    await expireSessions();
    await showsText(page, ENDED);
    await signIn(ADMIN_TOKEN);
    await shows(page, 'the text', `(${EDITOR_TEXT})?.innerText.includes('-- mine')`);
  });

  test('another person who signs in sees nothing of the one before', async () => {
    const { token } = await fleet
      .client()
      .tokens.create({ name: 'stranger', role: 'viewer', namespaces: ['elsewhere'] });
    await openSignedIn('/runs');
    await showsText(page, 'silver.endless');
    await expireSessions();
    await showsText(page, ENDED);
    await page.evaluate(`{
      window.hasShown = false;
      new MutationObserver(() => {
        window.hasShown ||= document.body.innerText.includes('silver.endless');
      }).observe(document.body, { childList: true, subtree: true });
    }`);
    await signIn(token);
    await showsText(page, 'stranger');
    await showsText(page, 'No pipeline has run yet');
    expect(await page.evaluate(`Boolean(window.hasShown)`)).toBe(false);
    await signOut();
  });

  test('a text that was typed is shown to no other person, and to its own one again', async () => {
    const { token } = await fleet
      .client()
      .tokens.create({ name: 'guest', role: 'viewer', namespaces: null });
    await openSignedIn('/query');
    await rewriteEditor(page, 'SELECT 4711 AS mine');
    await signOut();
    const shown = `(${EDITOR_TEXT}?.innerText ?? '')`;
    await signIn(token);
    await showsText(page, 'guest');
    await page.open(`${site}/query`);
    await shows(page, 'the editor', `${shown}.includes('SELECT')`);
    expect(await page.evaluate(shown)).not.toContain('4711');
    await signOut();
    await signIn(ADMIN_TOKEN);
    await page.open(`${site}/query`);
    await shows(page, 'the own text', `${shown}.includes('4711')`);
  });

  test('nine tabs of one session share one event stream, and one sign-in opens them all again', async () => {
    await openSignedIn('/runs');
    await eventually('the other tabs have left', async () => (await countStreams()) === 1, 30_000);
    const tabs = [page];
    while (tabs.length < 9) {
      const tab = await openTab('/runs');
      tabs.push(tab);
      await showsText(tab, '● live');
    }
    expect(await countStreams()).toBe(1);
    await expireSessions();
    for (const tab of tabs) await showsText(tab, ENDED);
    expect(await countStreams()).toBe(0);
    await signIn(ADMIN_TOKEN);
    for (const tab of tabs) {
      await tab.evaluate(
        `document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`,
      );
      await showsText(tab, '● live');
    }
    expect(await countStreams()).toBe(1);
  });

  test('a person signs in at the identity provider, and returns to the lines that were linked', async () => {
    const address = `/runs/${endless}?tab=log#L1-L2`;
    const browser = await openBrowser(address);
    await signInAs('ana', browser);
    await showsText(browser, 'ana@example.org');
    expect(await addressOf(browser)).toBe(site + address);
    await shows(
      browser,
      'the marked lines',
      `document.querySelectorAll('[role=log] [class*=marked]').length === 2`,
    );
    await browser.open(await addressOf(browser));
    await showsText(browser, 'ana@example.org');
  });

  test('a person can sign in at the identity provider from an address with a long query', async () => {
    const sql = `SELECT 1 AS n -- ${'a long comment '.repeat(300)}`;
    const browser = await openBrowser(`/query?sql=${encodeURIComponent(sql)}`);
    await signInAs('ana', browser);
    await showsText(browser, 'ana@example.org');
    expect(await addressOf(browser)).toMatch(/\/console\/query/);
  });

  test('a person without a role reads who can help, and signs in at the same address once helped', async () => {
    const browser = await openBrowser('/runs?status=running');
    await signInAs('eve', browser);
    await showsText(browser, 'eve@example.org is signed in at the identity provider');
    await showsText(
      browser,
      'Ask the administrator of this service to add one of your groups to RAT_OIDC_ROLES',
    );
    provider.groups.set('eve', ['staff']);
    await browser.click('text=Sign in again');
    await showsText(browser, 'silver.endless');
    expect(await addressOf(browser)).toBe(`${site}/runs?status=running`);
  });

  test('the groups of a person decide what the console offers', async () => {
    const [viewer, admin] = [await openBrowser('/runners'), await openBrowser('/runners')];
    await signInAs('ana', viewer);
    await showsText(viewer, 'takes runs');
    expect(await viewer.evaluate('document.body.innerText')).not.toContain('Drain…');
    await signInAs('peter', admin);
    await showsText(admin, 'Drain…');
  });

  test('no page met an error, a violation of its policy, or another host', () => {
    // The answers for one who is not signed in, or has no role, are reported by the browser.
    const expected = /status of 40[13] /;
    const isOfProvider = (line: string): boolean => line.includes(provider.issuer.origin);
    const origins = new Set([new URL(site).origin, provider.issuer.origin]);
    for (const one of pages) {
      expect(one.errors().filter((line) => !expected.test(line) && !isOfProvider(line))).toEqual(
        [],
      );
      expect(one.requests().filter((url) => !origins.has(new URL(url).origin))).toEqual([]);
    }
  });
});
