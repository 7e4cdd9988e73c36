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
import { DESK, findBarriers, findOutsideRequests, shows, showsText } from './console-fixture.ts';

const program = await findForSuite(CHROMIUM);
const OVERFLOW = `Math.max(0, document.documentElement.scrollWidth - innerWidth)`;
/** Set to look at the screens. */
const PICTURES = process.env['RAT_TEST_PICTURES'];

const BOX = `.react-flow__node a, .react-flow__node span[class*=box]`;
const TAB = '/p/default/silver/by_customer?tab=lineage';

/** The pairs of the API's edges, with a pipeline and its table as one: `bronze.orders > silver.by_customer`. */
async function edgesOf(fleet: Fleet): Promise<string[]> {
  const { edges } = await fleet.client().lineage.get({ namespace: 'default' });
  const short = (id: string): string => id.replace(/^(pipeline|table):default\.|^landing:/, '');
  return edges
    .filter(({ kind }) => kind !== 'produces')
    .map(({ from, to }) => `${short(from)} > ${short(to)}`)
    .toSorted();
}

(program === undefined ? describe.skip : describe)('the graph of the lineage', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let site: string;

  const readBoxes = async (): Promise<string[]> => {
    const boxes = await page.evaluate<string[]>(
      `[...document.querySelectorAll('${BOX}')].map((one) => one.innerText.replace(/\\s+/g, ' '))`,
    );
    return boxes.map((text) => text.replace(/\d\d:\d\d:\d\d/g, 'T')).toSorted();
  };
  const hasBoxes = (count: number): Promise<void> =>
    shows(page, `${count} boxes`, `document.querySelectorAll('${BOX}').length === ${count}`);

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    const run = async (path: string, end: 'success' | 'failed'): Promise<void> => {
      await fleet.spy.waitFor(await fleet.createRun(path), end);
    };
    await fleet.putPipeline('default/bronze/orders', {
      sql: `SELECT 1 AS order_id, 'Ana' AS customer, 10.5 AS amount`,
    });
    await run('default/bronze/orders', 'success');
    await fleet.putPipeline('default/silver/by_customer', {
      sql: `SELECT customer, sum(amount) AS total FROM {{ ref('bronze.orders') }} GROUP BY 1`,
    });
    await run('default/silver/by_customer', 'success');
    await fleet.putPipeline('default/gold/revenue', {
      sql: `SELECT sum(totl) AS total FROM {{ ref('silver.by_customer') }}`,
      quality_tests: [
        { name: 'has_rates', sql: `SELECT * FROM {{ ref('bronze.rates') }}`, severity: 'warn' },
      ],
    });
    await run('default/gold/revenue', 'failed');
    await fleet.client().namespaces.create({ name: 'shop' });
    await fleet.putPipeline('shop/gold/held', {
      sql: 'SELECT 1 AS n',
      quality_tests: [{ name: 'none', sql: 'SELECT * FROM {{ this }}', severity: 'error' }],
    });
    await run('shop/gold/held', 'failed');
    // The newest success of bronze is newer than what silver has read.
    await run('default/bronze/orders', 'success');
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/lineage?ns=default`, 'kept');
    await page.show(DESK);
  }, 240_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('every box has its kind, its last run by glyph and word, and how fresh it is', async () => {
    await hasBoxes(4);
    expect(await readBoxes()).toEqual([
      'bronze.orders ✓ success T up to date pipeline',
      'bronze.rates no such table',
      'gold.revenue ✕ failed T stale since T pipeline',
      'silver.by_customer ✓ success T stale since T pipeline',
    ]);
  });

  test('a pipeline whose rows wait for a decision is marked as quarantined, in the drawing and in the table', async () => {
    await page.open(`${site}/lineage?ns=shop`);
    await hasBoxes(1);
    expect(await readBoxes()).toEqual(['gold.held ◆ quarantined T up to date pipeline']);
    await page.click('text="Table"');
    await shows(
      page,
      'the mark in the table',
      `document.querySelector('tbody')?.innerText.includes('quarantined')`,
    );
    await page.open(`${site}/lineage?ns=default`);
    await hasBoxes(4);
  });

  test('lines that differ in what is known of them differ in their dashes and words', async () => {
    const lines = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.react-flow__edge')].map((one) => [
        one.querySelector('.react-flow__edge-path').style.strokeDasharray !== '',
        one.textContent,
      ].join(' '))`,
    );
    expect(lines.toSorted()).toEqual(['false ', 'true not read yet', 'true only a test']);
  });

  test('the table has the edges of the API', async () => {
    await page.click('text="Table"');
    await showsText(page, 'Reads');
    const edges = await page.evaluate<string[]>(
      `[...document.querySelectorAll('tbody tr')].flatMap((row) =>
        [...row.querySelectorAll('li')].map((one) =>
          one.firstChild.textContent + ' > ' + row.querySelector('th').innerText))`,
    );
    expect(edges.toSorted()).toEqual(await edgesOf(fleet));
    expect(await page.evaluate('location.search')).toContain('view=table');
  });

  test('the address has how far the graph reaches', async () => {
    await page.open(`${site}${TAB}`);
    await hasBoxes(3);
    await page.open(`${site}${TAB}&up=0`);
    await hasBoxes(2);
    await page.open(`${site}/lineage?root=silver.by_customer&up=1&down=0`);
    await hasBoxes(2);
  });

  test('a table has its lineage, which begins at its own box', async () => {
    await page.open(`${site}/t/default/bronze/orders`);
    await page.click('nav[aria-label="parts of the table"] >> text=lineage');
    await shows(page, 'its own box', `document.querySelector('.react-flow__node [class*=root]')`);
    const own = await page.evaluate<string>(
      `document.querySelector('.react-flow__node [class*=root]').innerText`,
    );
    expect(own).toContain('bronze.orders');
  });

  test('the buttons that zoom lie over no box', async () => {
    await page.open(`${site}/lineage?ns=default`);
    await hasBoxes(4);
    const buttons = await page.evaluate<string[]>(`(() => {
      const of = (one) => one.getBoundingClientRect();
      const canvas = of(document.querySelector('.react-flow'));
      return [...document.querySelectorAll('button')]
        .filter((one) => of(one).bottom <= canvas.top)
        .map((one) => one.innerText);
    })()`);
    expect(buttons).toEqual(expect.arrayContaining(['−', '+', 'Whole graph']));
    await page.click('text=Whole graph');
  });

  test('Tab reaches a box and Enter opens its pipeline', async () => {
    await page.open(`${site}${TAB}`);
    await hasBoxes(3);
    await page.evaluate(`[...document.querySelectorAll('select')].at(-1).focus()`);
    const focused = `document.activeElement.innerText ?? ''`;
    for (let presses = 0; presses < 10; presses += 1) {
      if ((await page.evaluate<string>(focused)).startsWith('gold.revenue')) break;
      await page.press('Tab');
    }
    await page.press('Enter');
    await shows(page, 'the pipeline', `location.pathname.endsWith('/p/default/gold/revenue')`);
  });

  test('a press on a box opens its pipeline', async () => {
    await page.open(`${site}${TAB}`);
    await hasBoxes(3);
    await page.click('.react-flow__node a:has-text("bronze.orders")');
    await shows(page, 'the pipeline', `location.pathname.endsWith('/p/default/bronze/orders')`);
  });

  test.each([
    ['lineage', '/lineage?ns=default', `document.querySelectorAll('${BOX}').length === 4`],
    ['lineage-table', `${TAB}&view=table`, `document.querySelector('tbody')`],
  ])(
    'the screen %s has no barrier, in both themes, on a desk and on a telephone',
    async (name, path, isShown) => {
      for (const [width, height] of [
        [1_440, 900],
        [360, 740],
      ] as const) {
        await page.show({ width, height, theme: 'light' });
        await page.open(site + path);
        await shows(page, name, isShown);
        for (const theme of ['light', 'dark'] as const) {
          await page.show({ width, height, theme });
          if (PICTURES !== undefined)
            await page.picture(`${PICTURES}/${name}-${width}-${theme}.png`);
          expect([width, theme, await findBarriers(page)]).toEqual([width, theme, []]);
          const overflow = await page.evaluate(OVERFLOW);
          expect([width, theme, overflow]).toEqual([width, theme, 0]);
        }
      }
      await page.show(DESK);
    },
    120_000,
  );

  test('more boxes than a person can read are not drawn, and the table has them all', async () => {
    const reads = Array.from({ length: 205 }, (_, index) => `{{ ref('bronze.part_${index}') }}`);
    await fleet.putPipeline('default/silver/wide', {
      sql: reads.map((read) => `SELECT * FROM ${read}`).join(' UNION ALL '),
    });
    await page.open(`${site}/lineage?root=silver.wide`);
    await showsText(page, '206 boxes are too many to read: the graph has at most 200');
    await page.click('text=show them as a table');
    await shows(page, 'all lines', `document.querySelectorAll('tbody tr').length === 206`);
  });

  test('the page met no error, no violation of its policy, and no other host', () => {
    expect(page.errors()).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
