import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  backends,
  CHROMIUM,
  findForSuite,
  openPage,
  startFleet,
  type BrowserPage,
  type Fleet,
} from '@rat/testing';
import {
  checkScreen,
  DESK,
  EDITOR_TEXT,
  findOutsideRequests,
  rewriteEditor,
  shows,
  showsText,
} from './console-fixture.ts';

const PICTURES = process.env['RAT_TEST_PICTURES'];
const program = await findForSuite(CHROMIUM);

const PEOPLE = `SELECT * FROM (VALUES (1, 'Ada'), (2, 'Bob'), (4, 'Dan')) AS t(id, name)`;
const CHANGED = `SELECT * FROM (VALUES (2, 'Bobby'), (3, 'Cyd'), (4, 'Dan')) AS t(id, name)`;
const KEYED = { merge_strategy: 'incremental', unique_key: 'id' };
const SALES = `SELECT {{ param('day') }} AS day, {{ param('least') }} AS least, {{ param('region') }} AS region, {{ param('open') }} AS open`;
const SALES_CONFIG = `params:
  day: {type: date}
  least: {type: integer, default: 5}
  region: {type: enum, values: [eu, us], default: eu}
  open: {type: boolean}
`;
const PEOPLE_CODE = '/p/default/gold/people?tab=code';
const SALES_CODE = '/p/default/gold/sales?tab=code';

const ROWS = `document.querySelector('[aria-label="rows of the preview"]')`;
const DIFFERENCE = `document.querySelector('[aria-label="difference from the table"]')`;
const FIELDS = `[...document.querySelectorAll('[aria-label="values of the parameters"] label > span')].map((one) => one.innerText)`;

(program === undefined ? describe.skip : describe)('the preview in the editor', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let site: string;

  const openEditor = async (path: string): Promise<void> => {
    await page.open(site + path);
    await shows(page, 'the editor', EDITOR_TEXT);
  };
  /** The values of the rows that the preview shows. */
  const previewed = (): Promise<string[]> =>
    page.evaluate(`[...${ROWS}.querySelectorAll('[role=gridcell]')].map((one) => one.innerText)`);

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    await fleet.putPipeline('default/gold/people', { sql: PEOPLE, config: KEYED });
    await fleet.spy.waitFor(await fleet.createRun('default/gold/people'), 'success');
    await fleet.putPipeline('default/gold/sales', { sql: SALES, config: SALES_CONFIG });
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/pipelines`, 'kept');
    await page.show(DESK);
  }, 240_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('a preview without a choice compares nothing, and a pipeline without parameters has no field', async () => {
    await openEditor(PEOPLE_CODE);
    await rewriteEditor(page, CHANGED);
    await showsText(page, 'No mistakes. 2 columns.');
    expect(await page.evaluate(FIELDS)).toEqual([]);
    await page.click('text="Preview"');
    await showsText(page, 'all 3 rows');
    expect(await page.evaluate(`${DIFFERENCE} === null`)).toBe(true);
  }, 60_000);

  test('a comparison shows how many rows the table would gain, lose and change, and some of each by their key', async () => {
    await page.click('text=compare with the table');
    await page.click('text="Preview"');
    await shows(page, 'the difference', DIFFERENCE);
    const text = await page.evaluate<string>(`${DIFFERENCE}.innerText`);
    expect(text).toContain('+1 added · −0 removed · 1 changed by the key id, as incremental');
    expect(text).toMatch(/\+ added\s+3\s+Cyd/);
    expect(text).toMatch(/± changed\s+2\s+Bob → Bobby/);
    expect(text).not.toContain('− removed');
    // Above a time, the pointer would open its tip.
    await page.click('text=No mistakes');
    await checkScreen(page, 'preview-compare', PICTURES);
  }, 120_000);

  test('a comparison as a full refresh shows the rows that only the table has as removed', async () => {
    await page.click('text=as a full refresh');
    await page.click('text="Preview"');
    await shows(
      page,
      'the removed row',
      `${DIFFERENCE}?.innerText.includes('+1 added · −1 removed · 1 changed')`,
    );
    expect(await page.evaluate(`${DIFFERENCE}.innerText`)).toMatch(/− removed\s+1\s+Ada/);
  }, 60_000);

  test('a text that changes nothing says that the table would stay as it is', async () => {
    await page.click('text=Undo all changes');
    await page.click('text="Preview"');
    await shows(
      page,
      'no difference',
      `${DIFFERENCE}?.innerText.includes('The table would stay as it is')`,
    );
  }, 60_000);

  test('each parameter of the settings has a field, and the preview has the values that are given', async () => {
    await openEditor(SALES_CODE);
    await shows(page, 'the fields', `${FIELDS}.length === 4`);
    expect(await page.evaluate(FIELDS)).toEqual(['day date', 'least integer', 'region', 'open']);
    await page.click('text="Preview"');
    await shows(page, 'the rows', ROWS);
    expect(await previewed()).toEqual(['NULL', '5', 'eu', 'NULL']);
    await page.click('[aria-label="values of the parameters"] input');
    await page.type('2026-02-12');
    await page.press('Tab');
    await page.type('7');
    await page.press('Tab');
    await page.press('u');
    await page.press('Tab');
    await page.press('f');
    await page.click('text="Preview"');
    await shows(page, 'the values', `${ROWS}?.innerText.includes('2026-02-12')`);
    expect(await previewed()).toEqual(['2026-02-12', '7', 'us', 'false']);
    await page.click('text=No mistakes');
    await checkScreen(page, 'preview-params', PICTURES);
  }, 120_000);

  test('Enter in a field previews, and a wrong value is answered with what would be right', async () => {
    await page.click('[aria-label="values of the parameters"] input');
    await page.press('Control+a');
    await page.type('Monday');
    await page.press('Enter');
    await showsText(page, 'params.day must be a date such as 2026-11-29');
  }, 60_000);

  test('a text that reads the time of a run has fields for its bounds, and a day alone is its first moment', async () => {
    await openEditor(PEOPLE_CODE);
    await rewriteEditor(page, 'SELECT {{ interval_start }} AS a, {{ run_logical_date }} AS b');
    const fields = `[...document.querySelectorAll('[aria-label="time that the run is about"] label > span')].map((one) => one.innerText)`;
    await shows(page, 'the fields', `${fields}.join() === 'from UTC,until UTC'`);
    await page.click('[aria-label="time that the run is about"] input');
    await page.type('2026-02-12');
    await page.press('Tab');
    await page.type('2026-02-13T00:00:00Z');
    await page.press('Enter');
    await shows(page, 'the time', `${ROWS}?.innerText.includes('2026-02-12')`);
    expect(await previewed()).toEqual([expect.stringMatching(/^2026-02-12 00:00/), '2026-02-12']);
    await page.click('text=Undo all changes');
    await shows(page, 'no field', `${fields}.length === 0`);
  }, 60_000);

  test('a parameter that is declared and not saved yet has a field too', async () => {
    await page.click('text=config.yaml');
    await rewriteEditor(page, 'params: {city: {type: string, default: Oslo}}\n');
    await shows(page, 'the field', `${FIELDS}.join() === 'city string'`);
    await page.click('text=pipeline.sql');
    await rewriteEditor(page, `SELECT {{ param('city') }} AS city`);
    await showsText(page, 'No mistakes. 1 column.');
    await page.press('Control+Enter');
    await shows(page, 'the rows', `${ROWS}?.innerText.includes('Oslo')`);
  }, 60_000);

  test('the page met no error, no violation of its policy, and no other host', () => {
    // A browser reports the refusal of the wrong value.
    const refused = /422 \(Unprocessable/;
    expect(page.errors().filter((line) => !refused.test(line))).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
