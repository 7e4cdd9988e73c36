import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  backends,
  CHROMIUM,
  eventually,
  findForSuite,
  openPage,
  startFleet,
  type BrowserPage,
  type Fleet,
} from '@rat/testing';
import { DESK, EDITOR_TEXT, shows, showsText } from './console-fixture.ts';

const program = await findForSuite(CHROMIUM);
const ADDRESS = 'default/gold/report';
const CARET = `(() => {
  const root = [...document.querySelectorAll('*')].find((one) => one.shadowRoot)?.shadowRoot;
  return root?.activeElement?.matches('.cm-content') === true;
})()`;

/** Holds each PUT of the page back until `letPutsGo()` is called. */
const HOLD_PUTS = `{
  const send = window.fetch;
  const gate = new Promise((go) => { window.letPutsGo = go; });
  window.fetch = async (...request) => {
    const method = request[1]?.method ?? request[0]?.method;
    if (method === 'PUT') { window.isHeld = true; await gate; }
    return send(...request);
  };
}`;

(program === undefined ? describe.skip : describe)('a save from the keyboard', () => {
  let fleet: Fleet;
  let page: BrowserPage;

  const read = async (): Promise<{ sql: string; version: number }> =>
    (await fetch(`${fleet.apis[0]?.url}/api/v1/pipelines/${ADDRESS}`)).json() as never;
  const shown = (): Promise<string> => page.evaluate(`${EDITOR_TEXT}.innerText`);
  const isStored = (sql: string): Promise<true> =>
    eventually(`the text ${sql}`, async () => (await read()).sql === sql, 10_000);
  /** Opens the editor with the caret behind the last character. */
  const openEditor = async (sql: string): Promise<void> => {
    await fleet.putPipeline(ADDRESS, { sql });
    // What the test before left unsaved would be shown again.
    await page.evaluate('localStorage.clear()');
    await page.open(`${fleet.apis[0]?.url}/console/p/${ADDRESS}?tab=code`);
    await shows(page, 'the editor', EDITOR_TEXT);
    await page.evaluate(`${EDITOR_TEXT}.focus()`);
    await page.press('Control+End');
  };

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    page = await openPage(program ?? '', `${fleet.apis[0]?.url}/console/pipelines`);
    await page.show(DESK);
  }, 240_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('stores what was typed right before it', async () => {
    for (const sql of ['SELECT 11', 'SELECT 12', 'SELECT 13']) {
      await openEditor(sql);
      await page.type('0 AS last');
      await page.press('Control+s');
      await isStored(`${sql}0 AS last`);
    }
  }, 60_000);

  test('leaves the caret where it was, and what was typed can still be undone', async () => {
    await openEditor('SELECT 2');
    await page.type('0 AS n');
    await page.press('Control+s');
    await isStored('SELECT 20 AS n');
    await showsText(page, `v${(await read()).version}, saved`);
    expect(await page.evaluate(CARET)).toBe(true);
    await page.type('ew');
    expect(await shown()).toBe('SELECT 20 AS new');
    await page.press('Control+z');
    await page.press('Control+z');
    expect(await shown()).toBe('SELECT 2');
  }, 60_000);

  test('keeps what is typed while it is under way, for the next save', async () => {
    await openEditor('SELECT 3');
    await page.evaluate(HOLD_PUTS);
    await page.type('0');
    await page.press('Control+s');
    await shows(page, 'the save under way', 'window.isHeld');
    await page.type(' AS n');
    await page.evaluate('window.letPutsGo()');
    await isStored('SELECT 30');
    await showsText(page, `unsaved, from v${(await read()).version}`);
    expect(await shown()).toBe('SELECT 30 AS n');
    await page.press('Control+s');
    await isStored('SELECT 30 AS n');
  }, 60_000);
});
