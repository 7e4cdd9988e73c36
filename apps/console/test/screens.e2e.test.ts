import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  backends,
  CHROMIUM,
  findForSuite,
  openPage,
  startFleet,
  type BrowserPage,
  type Fleet,
} from '@rat/testing';
import { checkScreen, DESK, findOutsideRequests, shows, showsText } from './console-fixture.ts';
import { loadDemoWorld, type DemoWorld } from './demo-world.ts';
import { EMPTY_SCREENS, SCREENS } from './screens.ts';

const program = await findForSuite(CHROMIUM);
/** The folder for pictures of all screens; `npm run console:screens` sets it. */
const PICTURES = process.env['RAT_TEST_PICTURES'];
/** The button of the saved views, with any name in it. */
const VIEWS = 'button[aria-haspopup=dialog]:has-text("View")';
const DIALOG = `document.querySelector('[role=dialog]')`;
/** A screen is loaded, waits for its data, and is checked four times. */
const PATIENCE_MS = 120_000;
/** It reads three million rows: 13 s on two free cores, and eight times that beside other tests. */
const DEMO_MS = 300_000;
/** What the browser itself reports of a refusal of the API that a screen shows. */
const REFUSED = /status of (400|401) /;

(program === undefined ? describe.skip : describe)('every screen of the console', () => {
  let fleet: Fleet;
  let world: DemoWorld = { broken: '', quarantined: '', good: '', waiting: '', cancelled: '' };
  let page: BrowserPage;
  let site: string;
  let errorsBefore = 0;

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/`, 'kept');
    await page.show(DESK);
  }, PATIENCE_MS);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });
  /** A violation of the page's policy is an error in the console of the browser too. */
  afterEach(() => {
    const errors = page.errors().slice(errorsBefore);
    errorsBefore = page.errors().length;
    expect(errors.filter((line) => !REFUSED.test(line))).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });

  const SENTENCE =
    'the screen %s has no barrier, no error, no violation of its policy and no outside request';

  test.each(EMPTY_SCREENS)(
    SENTENCE,
    async (name, path, text) => {
      await page.open(site + path(world));
      await showsText(page, text);
      await checkScreen(page, name, PICTURES);
    },
    PATIENCE_MS,
  );

  test(
    'the demo is loaded',
    async () => {
      world = await loadDemoWorld(fleet);
    },
    DEMO_MS,
  );

  test.each(SCREENS)(
    SENTENCE,
    async (name, path, text) => {
      await page.open(site + path(world));
      await showsText(page, text);
      await checkScreen(page, name, PICTURES);
    },
    PATIENCE_MS,
  );

  test.each([
    ['palette', 'Control+k', 'flights', 'silver.flights'],
    ['keys', '?', '', 'next error of the log'],
  ])(
    'the dialog %s has no barrier, no error, no violation of its policy and no outside request',
    async (name, key, text, found) => {
      await page.open(`${site}/runs`);
      await showsText(page, 'Started');
      await page.press(key);
      await shows(page, 'the dialog', DIALOG);
      await page.type(text);
      await shows(page, 'its text', `${DIALOG}.innerText.includes('${found}')`);
      await checkScreen(page, name, PICTURES);
    },
    PATIENCE_MS,
  );

  test.each([
    ['runs-selected', '/runs', 'Select none', '[aria-label="select all runs that are shown"]'],
    ['runs-views', '/runs?status=failed', 'Gold of a week', VIEWS],
    [
      'runs-view-change',
      '/runs',
      'Share it with others',
      VIEWS,
      '[aria-label="change Failed runs"]',
    ],
  ])(
    'the screen %s, after a press, has no barrier, no error, no violation of its policy and no outside request',
    async (name, path, text, ...presses) => {
      await page.open(site + path);
      await showsText(page, 'Started');
      for (const press of presses) await page.click(press);
      await showsText(page, text);
      await checkScreen(page, name, PICTURES);
    },
    PATIENCE_MS,
  );

  test(
    'the form to sign in has no barrier, no error, no violation of its policy and no outside request',
    async () => {
      await fleet.client().tokens.create({ name: 'ana', role: 'admin' });
      await page.open(`${site}/`);
      await showsText(page, 'Sign in to RAT Runs');
      await checkScreen(page, 'sign-in', PICTURES);
    },
    PATIENCE_MS,
  );
});
