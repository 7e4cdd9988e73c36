import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { RatClient } from '@rat/client';
import {
  backends,
  CHROMIUM,
  findForSuite,
  openPage,
  startFleet,
  type BrowserPage,
  type Fleet,
} from '@rat/testing';
import { DESK, findBarriers, findOutsideRequests, shows, showsText } from './console-fixture.ts';

/** Each test waits several times, each time up to 30 s. */
jest.setTimeout(120_000);

const program = await findForSuite(CHROMIUM);
const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const MENU = `document.querySelector('[role=dialog][aria-label=views]')`;
const TRIGGER = 'button[aria-haspopup=dialog]:has-text("View")';

(program === undefined ? describe.skip : describe)('the saved views of the list of runs', () => {
  let fleet: Fleet;
  let site: string;
  let ana: BrowserPage;
  let bob: BrowserPage;

  /** A browser of its own in which a person has signed in. */
  async function signIn(name: string, role: 'operator' | 'viewer'): Promise<BrowserPage> {
    const admin = new RatClient({ baseUrl: new URL(site).origin, token: ADMIN_TOKEN, retries: 0 });
    const { token } = await admin.tokens.create({ name, role });
    const page = await openPage(program ?? '', `${site}/runs`, 'kept');
    await page.show(DESK);
    await showsText(page, 'Sign in to RAT Runs');
    await page.click('#token');
    await page.type(token);
    await page.press('Enter');
    await showsText(page, 'No pipeline has run yet');
    return page;
  }

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    const env = { RAT_ADMIN_TOKEN: ADMIN_TOKEN };
    fleet = await startFleet({ backend, apis: 1, runners: 0, env });
    site = `${fleet.apis[0]?.url}/console`;
    ana = await signIn('ana', 'operator');
    bob = await signIn('bob', 'viewer');
  }, 120_000);
  afterAll(async () => {
    await ana?.close();
    await bob?.close();
    await fleet?.close();
  });

  /** Opens the menu, and saves the filters of the address. */
  async function save(page: BrowserPage, name: string, isShared = false): Promise<void> {
    await page.click(TRIGGER);
    await page.click('[aria-label="save a view"] input:not([type=checkbox])');
    await page.type(name);
    if (isShared) await page.click('[aria-label="save a view"] input[type=checkbox]');
    await page.press('Enter');
    await showsText(page, `View: ${name}`);
  }

  async function namesIn(page: BrowserPage): Promise<string[]> {
    await page.open(`${site}/runs`);
    await page.click(TRIGGER);
    await showsText(page, 'Save these filters');
    return page.evaluate(`[...${MENU}.querySelectorAll('li a')].map((one) => one.innerText)`);
  }

  test('the filters of the address are saved under a name, which the list shows after a reload', async () => {
    await ana.open(`${site}/runs`);
    await ana.click(TRIGGER);
    await showsText(ana, 'No view is saved yet');
    expect(await findBarriers(ana)).toEqual([]);
    await ana.press('Escape');
    await shows(ana, 'the menu is closed', `${MENU} === null`);
    await ana.open(`${site}/runs?status=failed&from=-24h`);
    await save(ana, 'failed today');
    await ana.open(await ana.evaluate<string>('location.href'));
    await showsText(ana, 'View: failed today');
    await ana.click('button:has-text("cancelled")');
    await shows(ana, 'no view', `!document.body.innerText.includes('View: failed today')`);
  });

  test('a view is opened with the keyboard alone, also from another namespace', async () => {
    await ana.open(`${site}/runs?ns=default`);
    await showsText(ana, 'Views');
    await ana.evaluate(`document.querySelector('button[aria-haspopup=dialog]').focus()`);
    await shows(ana, 'the trigger', `document.activeElement.innerText.startsWith('Views')`);
    await ana.press('Enter');
    await shows(ana, 'the list', `${MENU}?.innerText.includes('failed today')`);
    await ana.press('Escape');
    await shows(ana, 'the trigger', `document.activeElement.innerText.startsWith('Views')`);
    await ana.press('Enter');
    await shows(ana, 'the view', `document.activeElement?.innerText === 'failed today'`);
    await ana.press('Enter');
    await showsText(ana, 'View: failed today');
    expect(await ana.evaluate(`location.search`)).toBe('?status=failed&from=-24h');
  });

  test('a shared view is seen by another person, a private one is not, and a viewer shares none', async () => {
    await ana.open(`${site}/runs?layer=gold`);
    await save(ana, 'gold', true);
    expect(await namesIn(ana)).toEqual(['failed today', 'gold']);
    expect(await namesIn(bob)).toEqual(['gold']);
    await showsText(bob, 'by ana');
    expect(await bob.evaluate(`${MENU}.querySelector('[aria-label^=change]')`)).toBeNull();
    expect(await bob.evaluate(`${MENU}.querySelector('[type=checkbox]')`)).toBeNull();
    await bob.click('[role=dialog] >> text=gold');
    await showsText(bob, 'View: gold');
    expect(await bob.evaluate(`location.search`)).toBe('?layer=gold');
  });

  test('a view is renamed and no longer shared', async () => {
    await namesIn(ana);
    await ana.click('[aria-label="change gold"]');
    await shows(ana, 'the name', `document.activeElement?.value === 'gold'`);
    await ana.press('Control+a');
    await ana.type('all of gold');
    await ana.click('[aria-label="change gold"] input[type=checkbox]');
    await ana.press('Enter');
    await shows(ana, 'it', `${MENU}?.querySelector('[aria-label="change all of gold"]')`);
    expect(await namesIn(ana)).toEqual(['all of gold', 'failed today']);
    expect(await namesIn(bob)).toEqual([]);
  });

  test('saving under the name of an own view replaces its filters', async () => {
    await ana.open(`${site}/runs?status=running`);
    await save(ana, 'failed today');
    expect(await namesIn(ana)).toEqual(['all of gold', 'failed today']);
  });

  test('a name that the API refuses is answered in its words, and the menu stays open', async () => {
    await namesIn(ana);
    await ana.click('[aria-label="change all of gold"]');
    await ana.press('Control+a');
    await ana.type('failed today');
    await ana.press('Enter');
    await showsText(ana, 'a view of the name failed today exists already');
    await shows(ana, 'the menu', MENU);
  });

  test('a view is deleted after a question', async () => {
    await namesIn(ana);
    await ana.click('[aria-label="change all of gold"]');
    await ana.click('text=Delete…');
    await showsText(ana, 'Delete the view all of gold?');
    await ana.click('[role=alertdialog] button:has-text("Delete")');
    await shows(ana, 'the other view alone', `${MENU}?.querySelectorAll('li').length === 1`);
    expect(await namesIn(ana)).toEqual(['failed today']);
  });

  test('the page met no error, no violation of its policy, and no other host', () => {
    for (const page of [ana, bob]) {
      expect(page.errors().filter((line) => !/status of (401|409) /.test(line))).toEqual([]);
      expect(findOutsideRequests(page, site)).toEqual([]);
    }
  });
});
