import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
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
  DESK,
  findBarriers,
  findOutsideRequests,
  isInView,
  runFailingDemo,
  shows,
  showsText,
  type DemoRuns,
} from './console-fixture.ts';

/** Each test waits several times, each time up to 30 s. */
jest.setTimeout(120_000);

const program = await findForSuite(CHROMIUM);
const PATH = 'location.pathname';
const DIALOG = `document.querySelector('[role=dialog]')`;

(program === undefined ? describe.skip : describe)('the keys of the console', () => {
  let fleet: Fleet;
  let runs: DemoRuns;
  let page: BrowserPage;
  let site: string;

  const countRuns = async (): Promise<number> => {
    const { total } = await fleet.client().runs.list({ limit: 1 }).first();
    return total ?? 0;
  };
  const pressAll = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.press(key);
  };

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    runs = await runFailingDemo(fleet);
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/`, 'kept');
    await page.show(DESK);
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('keys alone lead from the overview to the caret of a failed run', async () => {
    await shows(page, 'the failed run', `document.querySelector('[aria-label="needs you"] a')`);
    await pressAll('j', 'Enter');
    await shows(page, 'the run', `${PATH} === '/console/runs/${runs.broken}'`);
    await shows(page, 'the caret', isInView('[aria-label="why it failed"]'));
  });

  test('Ctrl-K finds a pipeline by a part of its name, and Enter opens it', async () => {
    await page.press('Control+k');
    await shows(page, 'the field', `document.activeElement?.role === 'combobox'`);
    await page.type('scorecard');
    await shows(
      page,
      'the pipeline',
      `document.querySelector('[role=option][aria-selected=true]')?.innerText.includes('scorecard')`,
    );
    expect(await findBarriers(page)).toEqual([]);
    await page.press('Enter');
    await shows(page, 'its page', `${PATH} === '/console/p/default/gold/airport_scorecard'`);
  });

  test('Ctrl-K finds a run by the beginning of its id, and a screen by its name', async () => {
    await page.press('Control+k');
    await shows(page, 'the field', `document.activeElement?.role === 'combobox'`);
    await page.type(runs.good.slice(0, 18));
    await shows(
      page,
      'the run',
      `document.querySelector('[role=option]')?.innerText.includes('silver.flights')`,
    );
    await page.press('Enter');
    await shows(page, 'its page', `${PATH} === '/console/runs/${runs.good}'`);
    await page.press('Control+k');
    await shows(page, 'the field', `document.activeElement?.role === 'combobox'`);
    await page.type('land');
    await shows(
      page,
      'the screen',
      `document.querySelector('[role=option]')?.innerText.includes('Landing')`,
    );
    await page.press('Enter');
    await shows(page, 'its page', `${PATH} === '/console/landing'`);
  });

  test('g and a letter open a list, j and k move in it, and x selects', async () => {
    await pressAll('g', 'r');
    await shows(page, 'the list', `document.querySelectorAll('tbody tr').length === 3`);
    await pressAll('j', 'j', 'k', 'x');
    await showsText(page, '1 selected');
    expect(await page.evaluate(`document.querySelector('tbody input').checked`)).toBe(true);
    for (const [letter, place] of [
      ['p', 'pipelines'],
      ['t', 'tables'],
      ['q', 'query'],
    ] as const) {
      await page.evaluate(`document.activeElement.blur()`);
      await pressAll('g', letter);
      await shows(page, place, `${PATH} === '/console/${place}'`);
    }
  });

  test('letters that are typed into a field are text, and nothing else', async () => {
    const before = await countRuns();
    await page.open(`${site}/runs/${runs.broken}`);
    await showsText(page, 'complete');
    await pressAll('/', 'r', 'c', 'g', 'p', '?');
    const text = `document.activeElement.value`;
    await shows(page, 'the text', `${text} === 'rcgp?'`);
    expect(await page.evaluate(`${DIALOG} === null`)).toBe(true);
    expect(await countRuns()).toBe(before);
  });

  test('e and E go to the errors of the log', async () => {
    await page.open(`${site}/runs/${runs.broken}`);
    await showsText(page, 'complete');
    await pressAll('e', 'E');
    await shows(page, 'the error', isInView('[class*=error]'));
  });

  test('r that is pressed twice makes one run', async () => {
    const before = await countRuns();
    await page.open(`${site}/runs/${runs.good}`);
    await showsText(page, 'complete');
    await page.evaluate(`{
      for (const _ of [1, 2])
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'r', bubbles: true, cancelable: true }));
    }`);
    await shows(page, 'the new run', `!${PATH}.endsWith('${runs.good}')`);
    const id = await page.evaluate<string>(`${PATH}.split('/').at(-1)`);
    await fleet.spy.waitFor(id, 'success');
    expect(await countRuns()).toBe(before + 1);
  });

  test('c shows what a cancel does, and cancels nothing by itself', async () => {
    await fleet.putPipeline('default/gold/heavy', {
      sql: 'SELECT 1 AS one',
      config: { pool: 'heavy' },
    });
    const id = await fleet.createRun('default/gold/heavy');
    await page.open(`${site}/runs/${id}`);
    await showsText(page, 'Cancel…');
    await pressAll('f', 'f', 'c');
    await showsText(page, 'Cancel this run?');
    await page.press('Escape');
    await shows(page, 'no dialog', `${DIALOG} === null`);
    expect(await fleet.client().runs.get(id)).toMatchObject({ status: 'pending', cancel: null });
  });

  test('? lists the keys, and those without Ctrl can be turned off', async () => {
    await page.press('?');
    await showsText(page, 'next error of the log');
    expect(await findBarriers(page)).toEqual([]);
    await page.click('text=in the settings');
    await page.click('text=Off; only Ctrl-K acts');
    await pressAll('g', 'r', '?');
    await page.press('Control+k');
    await shows(page, 'the palette', `document.activeElement?.role === 'combobox'`);
    expect(await page.evaluate(PATH)).toBe('/console/settings');
    await page.press('Escape');
    await shows(page, 'no dialog', `${DIALOG} === null`);
  });

  test('the page met no error, no violation of its policy, and no other host', () => {
    expect(page.errors()).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
