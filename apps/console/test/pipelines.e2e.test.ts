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
  EDITOR_TEXT,
  findOutsideRequests,
  rewriteEditor,
  shows,
  showsText,
} from './console-fixture.ts';

const program = await findForSuite(CHROMIUM);

const ORDERS = `SELECT * FROM (VALUES (1, 'Ana', 10.5), (2, 'Ben', 20.0)) AS t(order_id, customer, amount)`;
const ORDERS_FILES = {
  sql: ORDERS,
  config: { description: 'Orders as the shop sends them' },
  quality_tests: [
    {
      name: 'no_small_orders',
      sql: `SELECT * FROM {{ ref('bronze.orders') }} WHERE amount < 15`,
      severity: 'warn',
    },
  ],
};
const WRONG = `SELECT\n  custmer,\n  sum(amount) AS total\nFROM {{ ref('bronze.orders') }}\nGROUP BY 1\n`;
const PAGE = '/p/default/silver/by_customer';
const ORDERS_PAGE = '/p/default/bronze/orders';

(program === undefined ? describe.skip : describe)('the screens of pipelines', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let site: string;

  const versionNow = async (): Promise<number> => {
    const { version } = await fleet
      .client()
      .pipelines.get({ namespace: 'default', layer: 'silver', name: 'by_customer' });
    return version;
  };

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    await fleet.putPipeline('default/bronze/orders', ORDERS_FILES);
    await fleet.spy.waitFor(await fleet.createRun('default/bronze/orders'), 'success');
    await fleet.putPipeline('default/silver/by_customer', { sql: WRONG });
    await fleet.spy.waitFor(await fleet.createRun('default/silver/by_customer'), 'failed');
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/pipelines`, 'kept');
    await page.show(DESK);
  }, 240_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('a search that fits no pipeline names what it searched for, and is cleared by a press', async () => {
    await page.open(`${site}/pipelines?q=nothing_like_it`);
    await showsText(page, 'matches “nothing_like_it”');
    await page.click('text=Clear the filters');
    await showsText(page, '2 pipelines');
  });

  test('the list has the next time and the rows of each pipeline', async () => {
    await fleet
      .client()
      .schedules.putOf(
        { namespace: 'default', layer: 'bronze', name: 'orders', schedule: 'yearly' },
        { cron: '0 0 1 1 *' },
      );
    await page.open(`${site}/pipelines?q=bronze.orders`);
    const cell = (label: string): string =>
      `document.querySelector('tbody td[data-label=${label}]')?.innerText`;
    await shows(page, 'the rows', `${cell('rows')} === '2'`);
    await shows(page, 'the next time', `document.querySelector('td[data-label=next] time')`);
  });

  test('an error shows the words of the API', async () => {
    await page.open(`${site}/p/default/silver/not_there`);
    await showsText(page, 'not_there');
    await showsText(page, 'Request');
  });

  test('a text that is not saved survives a reload, and a preview shows its rows', async () => {
    await page.open(site + PAGE);
    await page.click('text=Open in the editor at line 2');
    await shows(page, 'the editor at its line', EDITOR_TEXT);
    await rewriteEditor(page, `SELECT customer FROM {{ ref('bronze.orders') }} -- mine`);
    await showsText(page, 'unsaved, from v1');
    await page.open(`${site}${PAGE}?tab=code`);
    await shows(page, 'the text', `(${EDITOR_TEXT})?.innerText.includes('-- mine')`);
    await page.click('text="Preview"');
    await showsText(page, 'all 2 rows');
    expect(await versionNow()).toBe(1);
  }, 60_000);

  test('a save that meets a newer version shows both texts and loses neither', async () => {
    await fleet.putPipeline('default/silver/by_customer', { sql: `${WRONG}-- theirs` });
    await page.click('text="Save"');
    await showsText(page, 'Nothing was saved: v2 was published after you began from v1');
    await page.click('text=Keep my text as a change of v2');
    await showsText(page, 'unsaved, from v2');
    await shows(page, 'the text', `(${EDITOR_TEXT})?.innerText.includes('-- mine')`);
  }, 60_000);

  test('a failed pipeline is mended in the editor, and "Save and run" runs the text on the screen', async () => {
    await rewriteEditor(
      page,
      `SELECT customer, sum(amount) AS total FROM {{ ref('bronze.orders') }} GROUP BY 1`,
    );
    await showsText(page, 'No mistakes. 2 columns.');
    await page.click('text=Save and run');
    await shows(
      page,
      'the run is green',
      `document.querySelector('output [class*=success]') !== null`,
    );
    expect(await versionNow()).toBe(3);
    const { runs } = await fleet.client().runs.list({ pipeline: 'by_customer' }).first();
    expect(runs[0]).toMatchObject({ status: 'success', pipeline_version: 3 });
  }, 60_000);

  test('a tag is completed with the functions of the template, and a call with the tables that exist', async () => {
    await page.open(`${site}${PAGE}?tab=code`);
    await rewriteEditor(page, 'SELECT * FROM {{ re');
    await page.click('.cm-tooltip-autocomplete li:has-text("ref")');
    await page.click('.cm-tooltip-autocomplete li:has-text("bronze.orders")');
    const text = await page.evaluate<string>(`(${EDITOR_TEXT}).innerText`);
    expect(text.trim()).toBe(`SELECT * FROM {{ ref('bronze.orders')`);
    await page.click('text=Undo all changes');
  }, 60_000);

  test('a new test and changed settings survive a reload, and the page says that they are not saved', async () => {
    await page.open(`${site}${ORDERS_PAGE}?tab=code`);
    await shows(page, 'the editor', EDITOR_TEXT);
    await page.click('text=config.yaml');
    await rewriteEditor(page, 'description: Orders that wait for a save\n');
    await page.click('text=Add a test…');
    await page.type('is_new');
    await page.press('Enter');
    await showsText(page, 'tests/quality/is_new.sql');
    await rewriteEditor(page, 'SELECT 1 WHERE false -- new');
    await page.open(`${site}${ORDERS_PAGE}?tab=code&file=tests/quality/is_new.sql`);
    await showsText(page, 'this browser has kept it');
    await shows(page, 'the test', `(${EDITOR_TEXT})?.innerText.includes('-- new')`);
    await page.click('text=config.yaml');
    await shows(
      page,
      'the settings',
      `(${EDITOR_TEXT})?.innerText.includes('that wait for a save')`,
    );
  }, 60_000);

  test('a kept text that a newer version has overtaken is pointed out before it is saved', async () => {
    await fleet.putPipeline('default/bronze/orders', { ...ORDERS_FILES, sql: `${ORDERS} -- v2` });
    await page.open(`${site}${ORDERS_PAGE}?tab=code`);
    await showsText(page, 'has published v2 since then');
    await page.click('text=Compare both');
    await showsText(page, 'v2 was published after you began from v1');
    await page.click('text=Drop my text, take v2');
    await showsText(page, 'v2, saved');
    expect(await page.evaluate(`document.body.innerText.includes('has kept it')`)).toBe(false);
  }, 60_000);

  test('a quality test is deleted after a question, and only by a save', async () => {
    const readTests = async (): Promise<string[]> => {
      const { quality_tests: tests } = await fleet
        .client()
        .pipelines.get({ namespace: 'default', layer: 'bronze', name: 'orders' });
      return tests.map(({ name }) => name);
    };
    await page.open(`${site}${ORDERS_PAGE}?tab=code&file=tests/quality/no_small_orders.sql`);
    await page.click('text=Delete this test…');
    await showsText(page, 'Delete the test no_small_orders?');
    await page.click('text="Delete"');
    await showsText(page, 'Put back');
    expect(await readTests()).toEqual(['no_small_orders']);
    await page.click('text="Save"');
    await showsText(page, 'v3, saved');
    expect(await readTests()).toEqual([]);
  }, 60_000);

  test('on a telephone the map of hours begins at the hour that it is now', async () => {
    await page.show({ width: 360, height: 740, theme: 'light' });
    await page.open(site + ORDERS_PAGE);
    await shows(
      page,
      'the hour',
      `(() => {
        const hour = document.querySelector('th[aria-current=time]')?.getBoundingClientRect();
        return hour !== undefined && hour.left >= 0 && hour.right <= innerWidth;
      })()`,
    );
    await page.show(DESK);
  });

  test('on a telephone the tip of a time fits the window', async () => {
    await page.show({ width: 360, height: 740, theme: 'light' });
    await page.open(`${site}/runs`);
    await shows(page, 'the times', `document.querySelectorAll('main time').length > 1`);
    for (const nth of [0, 1]) {
      await page.hover(`main time >> nth=${nth}`);
      const tip = await page.evaluate<{ width: number; overflow: number }>(`(() => {
        const time = document.querySelectorAll('main time')[${nth}];
        const { width } = getComputedStyle(time, '::after');
        const { scrollWidth } = document.documentElement;
        return { width: parseFloat(width), overflow: scrollWidth - innerWidth };
      })()`);
      expect(tip.width).toBeGreaterThan(100);
      expect(tip.overflow).toBeLessThanOrEqual(0);
    }
    await page.show(DESK);
  });

  test('a double click on Run makes one run', async () => {
    const countRuns = async (): Promise<number> => {
      const { runs } = await fleet.client().runs.list({ pipeline: 'orders' }).first();
      return runs.length;
    };
    const before = await countRuns();
    await page.open(`${site}/p/default/bronze/orders`);
    const button = `[...document.querySelectorAll('main button')].find((one) => one.innerText.includes('Run'))`;
    await shows(page, 'the button', button);
    await page.evaluate(`{
      const button = ${button};
      for (const detail of [1, 2]) button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail }));
    }`);
    await shows(page, 'the run', `document.querySelector('output a[href*="/runs/"]')`);
    await shows(page, 'its end', `document.querySelector('output [class*=success]')`);
    expect(await countRuns()).toBe(before + 1);
  }, 60_000);

  test('the page met no error, no violation of its policy, and no other host', () => {
    // A browser reports each refusal of the API that a test provokes.
    const refused = /404 \(Not Found\)|412 \(Precondition Failed\)/;
    expect(page.errors().filter((line) => !refused.test(line))).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
