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
import { findBarriers, findOutsideRequests, shows, showsText } from './console-fixture.ts';

/** Each test waits several times, each time up to 30 s. */
jest.setTimeout(120_000);

const program = await findForSuite(CHROMIUM);
const ENDLESS = `SELECT count(*) AS n FROM range(3000000) a, range(3000000) b`;
const NO_ROWS = { name: 'no_rows', sql: `SELECT * FROM {{ this }}` };

(program === undefined ? describe.skip : describe)('decisions in the console', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let site: string;

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({
      backend,
      apis: 1,
      runners: 1,
      env: { RAT_RUNNER_CONCURRENCY: '1' },
    });
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/`, 'kept');
    await page.show({ width: 1_440, height: 900, theme: 'light' });
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('discarded rows are gone, and the page gives the reason', async () => {
    const doubtful = 'default/silver/doubtful';
    await fleet.putPipeline(doubtful, { sql: 'SELECT 0 AS n' });
    await fleet.spy.waitFor(await fleet.createRun(doubtful), 'success');
    await fleet.putPipeline(doubtful, { sql: 'SELECT 1 AS n', quality_tests: [NO_ROWS] });
    const id = await fleet.createRun(doubtful);
    await fleet.spy.waitFor(id, 'failed');
    await page.open(`${site}/runs/${id}`);
    await showsText(page, '1 row waits on a branch');
    await showsText(page, 'kept until');
    await page.click('text=Compare');
    await showsText(page, '+1 added');
    await page.evaluate('history.back()');
    await page.click('text=Discard…');
    await page.click('textarea');
    await page.type('the source sent a test row');
    await page.click('button:text-is("Discard")');
    await showsText(page, 'The rows are gone');
    await page.click('text=Close');
    await showsText(page, 'Its rows were discarded by hand');
    await showsText(page, 'the source sent a test row');
  });

  test('a revert names the runs that read the rows before the press, and reruns them', async () => {
    await fleet.putPipeline('default/silver/prices', { sql: 'SELECT 1 AS price' });
    await fleet.putPipeline('default/gold/total', {
      sql: `SELECT sum(price) AS total FROM {{ ref('silver.prices') }}`,
    });
    await fleet.spy.waitFor(await fleet.createRun('default/silver/prices'), 'success');
    const wrong = await fleet.createRun('default/silver/prices');
    await fleet.spy.waitFor(wrong, 'success');
    const reader = await fleet.createRun('default/gold/total');
    await fleet.spy.waitFor(reader, 'success');
    await page.open(`${site}/runs/${wrong}`);
    await page.click('text=Revert…');
    await showsText(page, '1 run read the rows that are taken back');
    await shows(page, 'the reader', `document.querySelector('[role=dialog] a[href*="${reader}"]')`);
    expect(await findBarriers(page)).toEqual([]);
    await page.click('button:text-is("Revert")');
    await page.click('text=Rerun those');
    await showsText(page, '1 run made');
    await page.click('text=Close');
    await showsText(page, 'Its rows were reverted by hand');
    const { runs } = (await fleet.getJson('/runs?pipeline=total')) as { runs: { id: string }[] };
    expect(runs).toHaveLength(2);
  });

  test('a cancelled run stops, and the page shows each step of it', async () => {
    await fleet.putPipeline('default/silver/endless', { sql: ENDLESS });
    const id = await fleet.createRun('default/silver/endless');
    await fleet.spy.waitFor(id, 'running');
    await page.open(`${site}/runs/${id}`);
    await page.click('text=Cancel…');
    await page.click('textarea');
    await page.type('it takes too long');
    await page.click('text=Cancel the run');
    await fleet.spy.waitFor(id, 'cancelled');
    await page.click('text=Close');
    await showsText(page, 'nothing was published');
    await showsText(page, 'it takes too long');
  });

  test('selected runs are cancelled together after their plan, and rerun together', async () => {
    // The first one keeps the only place of the runner, so that the others wait.
    const first = await fleet.createRun('default/silver/endless');
    await fleet.spy.waitFor(first, 'running');
    const waiting = await Promise.all(
      ['doubtful', 'prices'].map((name) => fleet.createRun(`default/silver/${name}`)),
    );
    await page.open(`${site}/runs?status=pending,running`);
    await showsText(page, '3 runs');
    for (const id of waiting) await page.click(`tr:has(a[href*="${id}"]) input[type=checkbox]`);
    await page.click('text=Cancel 2…');
    await showsText(page, 'Cancel 2 runs?');
    await page.click('text=Cancel them');
    await showsText(page, '2 runs cancelled');
    await page.click('text=Close');
    for (const id of waiting) await fleet.spy.waitFor(id, 'cancelled');
    await fleet.client().runs.cancel(first);

    await page.open(`${site}/runs?status=cancelled`);
    for (const id of waiting) await page.click(`tr:has(a[href*="${id}"]) input[type=checkbox]`);
    await page.click('text=Rerun 2…');
    await page.click('text=Rerun them');
    await showsText(page, '2 runs made');
  });

  test('the runs of all pages are cancelled after their number was typed', async () => {
    const first = await fleet.createRun('default/silver/endless');
    await fleet.spy.waitFor(first, 'running');
    await Promise.all(Array.from({ length: 120 }, () => fleet.createRun('default/silver/prices')));
    await page.open(`${site}/runs?status=pending`);
    await showsText(page, '120 runs');
    await page.click('[aria-label="select all runs that are shown"]');
    await page.click('text=Select all 120 runs');
    await page.click('text=Cancel 120…');
    await shows(
      page,
      'a button that cannot be pressed',
      `[...document.querySelectorAll('button')].some((one) => one.innerText === 'Cancel them' && one.disabled)`,
    );
    await page.click('text=Type 120 to go on');
    await page.type('120');
    await page.click('text=Cancel them');
    await showsText(page, '120 runs cancelled');
    await page.click('text=Close');
    await fleet.client().runs.cancel(first);
    const [left] = await fleet.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM runs WHERE status = 'pending'`,
    );
    expect(left).toEqual({ n: 0 });
  });

  test('the page met no error, no violation of its policy, and no other host', () => {
    expect(page.errors()).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
