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
import { shows } from './console-fixture.ts';

const program = await findForSuite(CHROMIUM);
const LINES = 100_000;

/** The text of the line with a number, while it is in the page. */
const lineAt = (number: number): string =>
  `document.querySelector('[role=log] a[href="#L${number}"]')?.parentElement`;

(program === undefined ? describe.skip : describe)('a log of 100,000 lines', () => {
  let fleet: Fleet;
  let page: BrowserPage;

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 0, checkAnswers: false });
    // No runner takes the run, so its stream stays as it is written here.
    await fleet.putPipeline('default/silver/long', { sql: 'SELECT 1 AS n' });
    const id = await fleet.createRun('default/silver/long');
    await fleet.query(`WITH moved AS (
        UPDATE runs SET last_seq = last_seq + ${LINES} WHERE id = '${id}' RETURNING last_seq
      )
      INSERT INTO run_events (run_id, seq, attempt, kind, at, level, phase, message)
      SELECT '${id}', last_seq - ${LINES} + n, 0, 'log', now(), 'info', 'write', 'this is line ' || n
      FROM moved, generate_series(1, ${LINES}) n`);
    page = await openPage(program ?? '', `${fleet.apis[0]?.url}/console/runs/${id}`, 'kept');
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  /** Waits for the whole log, which takes a loaded machine a while. */
  const arrived = (): Promise<boolean> =>
    eventually(
      'all lines',
      () => page.evaluate<boolean>(`document.body.innerText.includes('${LINES} lines so far')`),
      90_000,
    ) as Promise<boolean>;

  test('all of it arrives, and only the lines that are seen are in the page', async () => {
    await arrived();
    const rows = await page.evaluate<number>(`document.querySelectorAll('[data-place]').length`);
    expect(rows).toBeGreaterThan(5);
    expect(rows).toBeLessThan(200);
    // It follows a run that has not ended.
    await shows(page, 'the last line', lineAt(LINES));
  }, 120_000);

  test('the search finds a line that is not in the page, and goes there', async () => {
    await page.press('Control+f');
    await page.type('line 4242');
    const count = `document.querySelector('[role=toolbar] output').innerText`;
    // 4242, and 42420 to 42429.
    await shows(page, 'the count', `${count} === '11'`);
    await page.press('Enter');
    await shows(page, 'the first match', `${count} === '1 of 11' && ${lineAt(4242)}`);
  }, 60_000);

  test('a selection outlives scrolling, and a copy has every line of it', async () => {
    const select = (how: string): Promise<unknown> =>
      page.evaluate(`(() => { ${how}; return 0; })()`);
    await select(`const row = ${lineAt(4242)};
      getSelection().setBaseAndExtent(row.lastChild.firstChild, 0, row.lastChild.firstChild, 1);
      document.querySelector('[role=log]').scrollTop = 9_241 * 20`);
    await shows(page, 'the other end', `${lineAt(9_241)} && ${lineAt(4242)}`);
    await select(
      `const row = ${lineAt(9_241)}; getSelection().extend(row.lastChild.firstChild, 1)`,
    );
    const text = await page.evaluate<string>(`new Promise((resolve) => {
      setTimeout(() => {
        document.addEventListener('copy', (event) => resolve(event.clipboardData.getData('text/plain')), { once: true });
        document.execCommand('copy');
      }, 200);
    })`);
    const lines = text.split('\n');
    expect(lines).toHaveLength(5_000);
    expect(lines[0]).toContain('this is line 4242');
    expect(lines.at(-1)).toContain('this is line 9241');
  }, 60_000);

  test('a link to lines goes there, in a log that is open and in a new page', async () => {
    const url = await page.evaluate<string>('location.pathname');
    await page.open(`${fleet.apis[0]?.url}${url}#L77000-L77002`);
    await shows(page, 'the lines', lineAt(77_000));
    await shows(page, 'three marks', `document.querySelectorAll('[class*=marked]').length === 3`);
    await page.evaluate(`location.reload()`);
    await arrived();
    await shows(page, 'the lines in a new page', lineAt(77_000));
    expect(page.errors()).toEqual([]);
  }, 150_000);
});
