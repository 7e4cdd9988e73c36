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
import { DESK, findBarriers, findOutsideRequests, shows, showsText } from './console-fixture.ts';

/** Each test waits several times, each time up to 30 s, and a check for barriers takes seconds on a loaded machine. */
jest.setTimeout(120_000);

const program = await findForSuite(CHROMIUM);

const ORDERS = `SELECT n AS id, 'customer ' || (n % 7) AS customer, n * 1.5 AS amount
FROM range(2500) t(n)`;

/** The editor's shadow root. */
const EDITOR = `[...document.querySelectorAll('*')].find((one) => one.shadowRoot)?.shadowRoot`;

/** Drops one file with a text on the page, as a person does with the mouse. */
const drop = (name: string, text: string): string => `{
  const files = new DataTransfer();
  files.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
  document.body.dispatchEvent(
    new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
  undefined
}`;

/** Makes the text of the clipboard readable: the page copies, and this catches it. */
const CATCH_COPY = `{
  addEventListener('copy', ({ clipboardData }) => {
    window.copied = clipboardData.getData('text/plain');
  });
  undefined
}`;

(program === undefined ? describe.skip : describe)('the data in the console', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let site: string;

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    await fleet.putPipeline('default/silver/orders', {
      sql: ORDERS,
      config: { merge_strategy: 'full_refresh' },
    });
    await fleet.spy.waitFor(await fleet.createRun('default/silver/orders'), 'success');
    await fleet.putPipeline('default/silver/orders', {
      sql: ORDERS.replace('2500', '2600'),
      config: { merge_strategy: 'full_refresh' },
    });
    await fleet.spy.waitFor(await fleet.createRun('default/silver/orders'), 'success');
    await fleet.putPipeline('default/gold/heavy', {
      sql: 'SELECT 1 AS one',
      config: { pool: 'heavy' },
    });
    await fleet.createRun('default/gold/heavy');
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/runners`, 'kept');
    await page.show(DESK);
  }, 300_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('a pool that a run waits for and no runner serves is told, with the reason of the run', async () => {
    await page.open(`${site}/runners`);
    await showsText(page, 'no runner serves it: 1 run cannot start');
    await shows(
      page,
      'the reason',
      `document.querySelector('[aria-label="waiting runs"]')?.innerText.includes('heavy')`,
    );
  });

  test('a table shows its rows, of which only those in view are in the page', async () => {
    await page.open(`${site}/tables`);
    await page.click('text=silver.orders');
    await showsText(page, 'the first 1,000 rows');
    await shows(page, 'rows', `document.querySelectorAll('[role=gridcell]').length > 30`);
    const cells = await page.evaluate<number>(
      `document.querySelectorAll('[role=gridcell]').length`,
    );
    expect(cells).toBeLessThan(400);
  });

  test('the chosen cells are copied as a spreadsheet reads them, also those out of view', async () => {
    await page.open(
      `${site}/query?sql=${encodeURIComponent('SELECT n, n * 2 AS twice FROM range(500) t(n)')}`,
    );
    await page.click('[aria-label=SQL]');
    await page.press('Control+Enter');
    await showsText(page, '500 rows');
    await page.evaluate(CATCH_COPY);
    await page.click('[role=gridcell]');
    await page.press('Control+a');
    await page.press('Control+c');
    await shows(page, 'the copy', 'window.copied');
    const lines = (await page.evaluate<string>('window.copied')).split('\n');
    expect([lines.length, lines[0], lines[499]]).toEqual([500, '0\t0', '499\t998']);
  });

  test('a description that is written is there for the next reader', async () => {
    await page.open(`${site}/t/default/silver/orders?tab=schema`);
    await page.click('text=Edit descriptions');
    await page.click('[aria-label="what customer holds"]');
    await page.type('who has ordered');
    await page.click('button:text-is("Save")');
    await shows(page, 'the words', `document.querySelector('form') === null`);
    await page.open(`${site}/t/default/silver/orders?tab=schema`);
    await showsText(page, 'who has ordered');
  });

  test('two snapshots are compared by a key', async () => {
    await page.open(`${site}/t/default/silver/orders?tab=snapshots`);
    await showsText(page, 'Choose two versions');
    await page.click('tbody tr:nth-child(1) input');
    await page.click('tbody tr:nth-child(2) input');
    await page.click('[aria-label^="key columns"]');
    await page.type('id');
    await page.click('text=Compare the two');
    await showsText(page, '+100 added');
    await showsText(page, 'by the key id');
  });

  test('a mistake in a query is shown below its column, and the address holds the SQL', async () => {
    await page.open(`${site}/query?sql=${encodeURIComponent('SELECT amont FROM silver.orders')}`);
    await page.click('button:has-text("Run")');
    await showsText(page, 'amont');
    await shows(page, 'the caret', `document.querySelector('[role=alert] pre')`);
    const [line = '', caret = ''] = (
      await page.evaluate<string>(`document.querySelector('[role=alert] pre').textContent`)
    ).split('\n');
    expect(caret.indexOf('^')).toBe(line.indexOf('amont'));
    expect(await page.evaluate('location.search')).toContain('amont');
    await shows(
      page,
      'the mark in the editor',
      `${EDITOR}.querySelector('.cm-lintRange-error')?.innerText === 'amont'`,
    );
  });

  test('Escape in the editor cancels the query that runs', async () => {
    const long = 'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b';
    await page.open(`${site}/query?sql=${encodeURIComponent(long)}`);
    await shows(page, 'the editor', `${EDITOR}?.querySelector('.cm-content')`);
    await page.click('[aria-label=SQL]');
    await page.press('Control+Enter');
    await showsText(page, '▶ running');
    await page.press('Escape');
    await showsText(page, '⊘ cancelled');
  });

  test('the editor of queries completes columns of the tables that are named, and runs what it shows', async () => {
    await page.open(`${site}/query?sql=${encodeURIComponent('SELECT o.id FROM silver.orders o')}`);
    const content = `${EDITOR}?.querySelector('.cm-content')`;
    const offered = `[...${EDITOR}.querySelectorAll('.cm-tooltip-autocomplete li')].map((one) => one.innerText)`;
    await shows(page, 'the tables', `document.querySelector('[aria-label=tables] details')`);
    await shows(page, 'the editor', content);
    await page.evaluate(`${content}.focus()`);
    await page.press('Control+End');
    await page.type(' ORDER BY cust');
    await shows(page, 'the column', `${offered}.includes('customer')`);
    await page.press('Escape');
    await page.type('omer, o.');
    await page.press('Control+Space');
    await shows(page, 'the columns of the alias', `${offered}.includes('amount')`);
    await page.press('Escape');
    await page.type('amount LIMIT 3');
    await page.press('Control+Enter');
    await showsText(page, '3 rows');
    expect(await page.evaluate('decodeURIComponent(location.search)')).toContain('LIMIT');
  });

  test('a dropped file is delivered, and a taken name is sent under another one', async () => {
    await page.open(`${site}/landing`);
    await page.click('text=New zone…');
    await page.type('uploads');
    await page.click('text=Make the zone');
    await showsText(page, 'Files that wait in default/uploads');
    await page.evaluate(drop('orders.csv', 'id,amount\n1,9.5\n2,20\n'));
    await showsText(page, '✓ arrived');
    await page.click('a:text-is("orders.csv")');
    await showsText(page, 'csv, 2 columns, 2 rows');
    await page.evaluate(drop('orders.csv', 'id,amount\n3,1\n'));
    await showsText(page, 'the name is taken');
    await page.click('text=Send under this name');
    await shows(
      page,
      'the second file',
      `document.querySelector('[aria-label=files]')?.innerText.includes('orders-2.csv')`,
    );
  });

  test('the chosen theme wins over that of the system, also after a reload', async () => {
    await page.open(`${site}/settings`);
    await page.click('text=Dark');
    const ground = `getComputedStyle(document.documentElement).backgroundColor`;
    await shows(page, 'the dark ground', `${ground} === 'rgb(15, 20, 25)'`);
    await page.open(`${site}/settings`);
    await shows(page, 'the dark ground', `${ground} === 'rgb(15, 20, 25)'`);
    await page.click('text=As the system');
    await shows(page, 'the light ground', `${ground} === 'rgb(255, 255, 255)'`);
  });

  test('a runner that is drained takes no more runs', async () => {
    await page.open(`${site}/runners`);
    await page.click('text=Drain…');
    await showsText(page, 'takes no more runs, and stops');
    expect(await findBarriers(page)).toEqual([]);
    await page.click('button:text-is("Drain")');
    await shows(page, 'no runner that takes runs', `!document.body.innerText.includes('Drain…')`);
  });

  test('the first token is shown once, and turns sign-in on', async () => {
    await page.open(`${site}/settings?tab=tokens`);
    await page.click('[placeholder="who or what will use it"]');
    await page.type('ana');
    await page.click('text=Make a token');
    await showsText(page, 'it is shown this once');
    const token = await page.evaluate<string>(
      `document.querySelector('[role=alert] code').textContent`,
    );
    await page.open(`${site}/settings?tab=tokens`);
    await showsText(page, 'Sign in to RAT Runs');
    await page.click('#token');
    await page.type(token);
    await page.press('Enter');
    await shows(
      page,
      'the token without its secret',
      `document.querySelector('[aria-label=tokens]')?.innerText.includes('ana')`,
    );
    expect(await page.evaluate('document.body.innerText')).not.toContain(token);
  });

  test('the page met no violation of its policy, no error of its own, and no other host', () => {
    // The refused query, the taken name and the end of the session are answers of the API that the browser reports.
    const expected = /status of (400|401|409)/;
    expect(page.errors().filter((line) => !expected.test(line))).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
