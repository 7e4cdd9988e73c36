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
  DESK,
  findBarriers,
  findOutsideRequests,
  isInView,
  runFailingDemo,
  shows,
  showsText,
  type DemoRuns,
} from './console-fixture.ts';

const program = await findForSuite(CHROMIUM);
/** A browser on a machine that does other things too. */
const PATIENCE_MS = 120_000;

(program === undefined ? describe.skip : describe)('the console', () => {
  let fleet: Fleet;
  let runs: DemoRuns;
  let page: BrowserPage;
  let site: string;

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

  test(
    'the overview shows why a pipeline fails, and one press shows it with a caret in the file of its author',
    async () => {
      await showsText(page, 'sql_error: Binder Error: Referenced column "destinaton_city"');
      await page.click('[aria-label="needs you"] >> text=gold.broken_report');
      await shows(page, 'the caret', isInView('[aria-label="why it failed"]'));
      const box: string = await page.evaluate(
        `document.querySelector('[aria-label="why it failed"]').innerText`,
      );
      expect(box).toContain('Referenced column "destinaton_city" not found');
      expect(box).toContain('pipeline.sql:4:3');
      const [line = '', caret = ''] = box
        .split('\n')
        .slice(box.split('\n').findIndex((one) => one.startsWith('4 ')));
      expect(line.indexOf('destinaton_city')).toBe(caret.indexOf('^'));
      await page.click('text=Open in the editor');
      await shows(page, 'the place in the editor', `location.search.includes('line=4')`);
      await page.evaluate('history.back()');
      await shows(page, 'the caret', isInView('[aria-label="why it failed"]'));
    },
    PATIENCE_MS,
  );

  test(
    'two presses show all 57 rows that a quality test found',
    async () => {
      await page.open(`${site}/`);
      await page.click('[aria-label="needs you"] >> text=gold.airport_scorecard');
      await page.click('text=Show all 57 rows');
      await showsText(page, 'all 57 rows');
      const rows = `document.querySelectorAll('[aria-label="rows of grade_is_agreed"] tbody tr').length`;
      expect(await page.evaluate(rows)).toBe(57);
    },
    PATIENCE_MS,
  );

  test(
    'a pipeline whose rows wait for a decision is marked so wherever its newest run is shown',
    async () => {
      for (const [screen, table] of [
        ['/', '[aria-label="pipelines"] table'],
        ['/pipelines', 'table'],
      ] as const) {
        await page.open(`${site}${screen}`);
        const rows = `[...document.querySelectorAll('${table} tbody tr')]`;
        const row = `${rows}.find((one) => one.innerText.includes('airport_scorecard'))`;
        const marked = `${row}?.children[1].innerText.includes('quarantined')`;
        await shows(page, `the mark at ${screen}`, marked);
      }
    },
    PATIENCE_MS,
  );

  test(
    'the box of a failure leads to the line of the log that has its error',
    async () => {
      await page.open(`${site}/runs/${runs.broken}?tab=sql`);
      await page.click('[aria-label="why it failed"] >> text=/^Log line/');
      await shows(page, 'the address of the line', `/^#L\\d+$/.test(location.hash)`);
      await shows(
        page,
        'the marked line',
        `document.querySelector('[role=log] [class*=marked]')?.innerText.includes('destinaton_city')`,
      );
    },
    PATIENCE_MS,
  );

  test(
    'the way to the line of the error keeps how the log is shown, and scrolls each time it is pressed',
    async () => {
      await page.open(`${site}/runs/${runs.broken}?tab=log&wrap=yes`);
      const link = '[aria-label="why it failed"] >> text=/^Log line/';
      const box = `document.querySelector('[role=log]')`;
      await page.click(link);
      await shows(page, 'the marked line', `${box}?.querySelector('[class*=marked]')`);
      expect(await page.evaluate('location.search')).toContain('wrap=yes');
      // So low that it scrolls; the link leads to some lines above that of the error.
      await page.evaluate(`{ ${box}.style.height = '40px'; ${box}.scrollTop = 1e6; }`);
      await shows(page, 'the end of the log', `${box}.scrollTop > 0`);
      await page.click(link);
      await shows(page, 'the lines of the link', `${box}.scrollTop === 0`);
    },
    PATIENCE_MS,
  );

  test(
    'beside every part of a run stand the counts of its log, which lead to the first error',
    async () => {
      await page.open(`${site}/runs/${runs.broken}?tab=data`);
      await page.click('[aria-label="parts of the run"] >> text=/^first error: line/');
      const marked = `document.querySelector('[role=log] [class*=marked]')?.innerText`;
      await shows(page, 'the marked line', `${marked}?.includes('destinaton_city')`);
      const facts = `document.querySelector('[aria-label="parts of the run"]').innerText`;
      const [, number] =
        /1 error, first error: line (\d)/.exec(await page.evaluate<string>(facts)) ?? [];
      expect(await page.evaluate('location.hash')).toBe(`#L${number}`);
      await page.open(`${site}/runs/${runs.good}`);
      await showsText(page, 'checksum right');
      expect(await page.evaluate<string>(facts)).not.toContain('error');
    },
    PATIENCE_MS,
  );

  test(
    'the log is found, linked and verified',
    async () => {
      await page.open(`${site}/runs/${runs.broken}?tab=log`);
      await showsText(page, 'complete: 5 lines, checksum right');
      await page.press('Control+f');
      await page.type('destinaton');
      const count = `document.querySelector('[role=toolbar] output').innerText`;
      await shows(page, 'two lines', `${count} === '2'`);
      await page.press('Enter');
      await shows(page, 'the first of them', `${count} === '1 of 2'`);
      await page.click('a[href="#L5"]');
      await shows(page, 'the line in the address', `location.hash === '#L5'`);
      await page.open(`${site}/runs/${runs.broken}?tab=log#L2-L4`);
      await shows(
        page,
        'three marked lines',
        `document.querySelectorAll('[class*=marked]').length === 3`,
      );
    },
    PATIENCE_MS,
  );

  test(
    'a run that changes changes in its place, and a new one waits to be shown',
    async () => {
      await page.open(`${site}/runs`);
      await showsText(page, '● live');
      // The list is requested once more when the first connection stands; that begins within two frames.
      await page.evaluate(`new Promise((resolve) =>
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))`);
      await shows(
        page,
        'the list',
        `document.querySelector('[aria-busy=false]')?.innerText === '3 runs'`,
      );
      const id = await fleet.createRun('default/silver/flights');
      await showsText(page, '1 new ↑');
      const rows = `document.querySelectorAll('tbody tr').length`;
      expect(await page.evaluate(rows)).toBe(3);
      await fleet.spy.waitFor(id, 'success');
      await page.click('text=1 new ↑');
      await showsText(page, '4 runs');
    },
    PATIENCE_MS,
  );

  test(
    'new runs are inserted by themselves where a person wants it, but not while a run is selected',
    async () => {
      await page.click('text=insert new runs');
      await shows(page, 'the address', `location.search.includes('live=1')`);
      await page.evaluate('document.activeElement.blur()');
      await fleet.spy.waitFor(await fleet.createRun('default/silver/flights'), 'success');
      await showsText(page, '5 runs');
      await page.click('tbody tr:first-child input[type=checkbox]');
      await page.evaluate('document.activeElement.blur()');
      await fleet.spy.waitFor(await fleet.createRun('default/silver/flights'), 'success');
      await showsText(page, '1 new ↑');
      await page.click('tbody tr:first-child input[type=checkbox]');
      await page.evaluate('document.activeElement.blur()');
      await showsText(page, '6 runs');
    },
    PATIENCE_MS,
  );

  test(
    'a filter that fits no run is named, and is cleared by a press',
    async () => {
      await page.open(`${site}/runs?q=nothing_like_it`);
      await showsText(page, 'No run fits the filters');
      await page.click('text=Clear the filters');
      await shows(page, 'the list', `document.querySelectorAll('tbody tr').length >= 3`);
      expect(await page.evaluate('location.search')).toBe('');
    },
    PATIENCE_MS,
  );

  test(
    'a run that has no line shows a sentence in place of an empty box',
    async () => {
      await fleet.putPipeline('default/gold/yearly', {
        sql: 'SELECT 1 AS n',
        config: { pool: 'heavy' },
      });
      const waiting = await fleet.createRun('default/gold/yearly');
      await page.open(`${site}/runs/${waiting}?tab=log`);
      await showsText(page, 'There is no line yet: the run has not started.');
      expect(await page.evaluate(`document.querySelector('[role=log]') === null`)).toBe(true);
      await fleet.client().runs.cancel(waiting, {});
      await showsText(page, 'The run wrote no line.');
    },
    PATIENCE_MS,
  );

  test(
    'an error shows the words of the API and the id of the request',
    async () => {
      await page.open(`${site}/runs?layer=platinum`);
      await showsText(page, 'must be one of bronze, silver, gold');
      await showsText(page, 'Request');
    },
    PATIENCE_MS,
  );

  test(
    'publishing shows its plan, needs a reason, and is done once',
    async () => {
      await page.open(`${site}/runs/${runs.scorecard}`);
      await page.click('text=Publish…');
      await showsText(page, '223 rows added');
      expect(await findBarriers(page)).toEqual([]);
      await page.click('textarea');
      await page.type('grade F is agreed since today');
      await page.click('button:text-is("Publish")');
      await showsText(page, 'The rows are published');
      await page.click('text=Close');
      await showsText(page, 'Its rows were published by hand');
    },
    PATIENCE_MS,
  );

  test('the page met no error, no violation of its policy, and no other host', () => {
    expect(page.errors().filter((line) => !line.includes('400 (Bad Request)'))).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
