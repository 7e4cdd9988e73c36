import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  backends,
  CHROMIUM,
  eventually,
  FaultProxy,
  findForSuite,
  openPage,
  startFleet,
  type BrowserPage,
  type Fleet,
} from '@rat/testing';
import { shows } from './console-fixture.ts';

const program = await findForSuite(CHROMIUM);
const LINES = 100_000;

/** Where a line is, as long as none is wrapped. */
const lineTop = (number: number): number => (number - 1) * 20;

/** The text of the line with a number, while it is in the page. */
const lineAt = (number: number): string =>
  `document.querySelector('[role=log] a[href="#L${number}"]')?.parentElement`;

(program === undefined ? describe.skip : describe)('a log of 100,000 lines', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let runId: string;

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
      SELECT '${id}', last_seq - ${LINES} + n, 0, 'log', now(), 'info', 'write', 'this is line ' || n ||
        CASE WHEN n % 1000 = 0 THEN repeat(' which is long', 40) ELSE '' END
      FROM moved, generate_series(1, ${LINES}) n`);
    runId = id;
    page = await openPage(program ?? '', `${fleet.apis[0]?.url}/console/runs/${id}`, 'kept');
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  /** Waits for the whole log, which takes a loaded machine a while. */
  const arrived = (at = page, lines = LINES): Promise<boolean> =>
    eventually(
      'all lines',
      () => at.evaluate<boolean>(`document.body.innerText.includes('${lines} lines so far')`),
      90_000,
    ) as Promise<boolean>;

  const run = (at: BrowserPage, how: string): Promise<unknown> =>
    at.evaluate(`(() => { ${how}; return 0; })()`);

  /** The lines from one number to another, as a copy of a selection has them. */
  async function copyLines(at: BrowserPage, from: number, to: number): Promise<string[]> {
    const box = `document.querySelector('[role=log]')`;
    await run(at, `${box}.scrollTop = ${lineTop(from)}`);
    await shows(at, 'one end', lineAt(from));
    await run(
      at,
      `const { firstChild } = ${lineAt(from)}.lastChild;
      getSelection().setBaseAndExtent(firstChild, 0, firstChild, 1);
      ${box}.scrollTop = ${lineTop(to)}`,
    );
    await shows(at, 'the other end', `${lineAt(to)} && ${lineAt(from)}`);
    await run(at, `getSelection().extend(${lineAt(to)}.lastChild.firstChild, 1)`);
    const text = await at.evaluate<string>(`new Promise((resolve) => {
      setTimeout(() => {
        document.addEventListener('copy', (event) => resolve(event.clipboardData.getData('text/plain')), { once: true });
        document.execCommand('copy');
      }, 200);
    })`);
    return text.split('\n');
  }

  const numberOf = (line: string): number => Number(/this is line (\d+)/.exec(line)?.[1]);
  const numbers = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, nth) => from + nth);

  test('all of it arrives, and only the lines that are seen are in the page', async () => {
    await arrived();
    const rows = await page.evaluate<number>(`document.querySelectorAll('[data-place]').length`);
    expect(rows).toBeGreaterThan(5);
    expect(rows).toBeLessThan(200);
    // It follows a run that has not ended.
    await shows(page, 'the last line', lineAt(LINES));
  }, 120_000);

  test('the search finds a line that is not in the page, and shows it', async () => {
    await page.press('Control+f');
    await page.type('line 4242');
    const count = `document.querySelector('[role=toolbar] output').innerText`;
    // 4242, and 42420 to 42429.
    await shows(page, 'the count', `${count} === '11'`);
    await page.press('Enter');
    await shows(page, 'the first match', `${count} === '1 of 11' && ${lineAt(4242)}`);
  }, 60_000);

  test('a selection outlives scrolling, and a copy has every line of it', async () => {
    const lines = await copyLines(page, 4_242, 9_241);
    expect(lines).toHaveLength(5_000);
    expect(lines.map(numberOf)).toEqual(numbers(4_242, 9_241));
  }, 60_000);

  test('a wrapped line is as tall as its text, the next one stands below it, and the first line in view stays', async () => {
    await run(page, `getSelection().removeAllRanges()`);
    await run(page, `document.querySelector('[role=log]').scrollTop = ${lineTop(8_998)}`);
    await shows(page, 'the line', lineAt(9_000));
    await page.click('text=wrap');
    await shows(page, 'the address', `location.search.includes('wrap=yes')`);
    const isTall = `${lineAt(9_000)}.getBoundingClientRect().height > 40`;
    await shows(page, 'a tall line', isTall);
    const [bottom, next, top, box, over] = await page.evaluate<number[]>(`(() => {
      const rect = (element) => element.getBoundingClientRect();
      const box = document.querySelector('[role=log]');
      return [rect(${lineAt(9_000)}).bottom, rect(${lineAt(9_001)}).top, rect(${lineAt(8_998)}).top,
        rect(box).top, box.scrollWidth - box.clientWidth];
    })()`);
    expect(bottom).toBe(next);
    expect(Math.abs((top ?? 0) - (box ?? 0))).toBeLessThanOrEqual(2);
    expect(over).toBe(0);
    await page.click('text=wrap');
    await shows(page, 'one line of text', `${lineAt(9_000)}.getBoundingClientRect().height === 20`);
    expect(await page.evaluate(`location.search.includes('wrap')`)).toBe(false);
  }, 60_000);

  test('a stream that is cut in the backlog and behind it loses no line and doubles none', async () => {
    const proxy = await FaultProxy.open(fleet.apis[0]?.url ?? '');
    const cut = await openPage(program ?? '', 'about:blank', 'kept');
    try {
      await cut.open(proxy.through(`${fleet.apis[0]?.url}/console/runs/${runId}`));
      await shows(cut, 'the first lines', `document.querySelector('[data-place]')`);
      proxy.kill();
      expect(await cut.evaluate(`document.body.innerText.includes('${LINES} lines so far')`)).toBe(
        false,
      );
      await arrived(cut);
      proxy.kill();
      await fleet.query(`WITH moved AS (
          UPDATE runs SET last_seq = last_seq + 1 WHERE id = '${runId}' RETURNING last_seq
        )
        INSERT INTO run_events (run_id, seq, attempt, kind, at, level, phase, message)
        SELECT '${runId}', last_seq, 0, 'log', now(), 'info', 'write', 'this is line ' || ${LINES + 1}
        FROM moved`);
      await arrived(cut, LINES + 1);
      await run(cut, `document.querySelector('[role=toolbar] label:has(:checked) input')?.click()`);
      const lines = await copyLines(cut, 1, LINES + 1);
      expect(lines.map(numberOf)).toEqual(numbers(1, LINES + 1));
    } finally {
      await cut.close();
      await proxy.close();
    }
  }, 200_000);

  test('a link to lines shows them, in a log that is open and in a new page', async () => {
    const url = await page.evaluate<string>('location.pathname');
    await page.open(`${fleet.apis[0]?.url}${url}#L77000-L77002`);
    await shows(page, 'the lines', lineAt(77_000));
    await shows(page, 'three marks', `document.querySelectorAll('[class*=marked]').length === 3`);
    await page.evaluate(`location.reload()`);
    await arrived(page, LINES + 1);
    await shows(page, 'the lines in a new page', lineAt(77_000));
    expect(page.errors()).toEqual([]);
  }, 150_000);
});
