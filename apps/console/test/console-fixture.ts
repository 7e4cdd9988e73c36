import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import { eventually, type BrowserPage, type Fleet } from '@rat/testing';

/** The size in which most tests look at a screen. */
export const DESK = { width: 1_440, height: 900, theme: 'light' } as const;
const SIZES = [
  [1_440, 900],
  [360, 740],
] as const;
/** How much wider than the window the page is. */
const OVERFLOW = `Math.max(0, document.documentElement.scrollWidth - innerWidth)`;

/** The flights of the demo as far as its two failing pipelines read them: 57 of 223 airports are late too often. */
const FLIGHTS = `SELECT
  'A' || lpad(airport::VARCHAR, 3, '0') AS origin,
  'City ' || airport AS origin_city,
  'City ' || (airport + 1) AS destination_city,
  CASE WHEN flight < CASE WHEN airport < 57 THEN 25 ELSE 5 END THEN 30 ELSE 0 END AS delay_minutes
FROM range(223) a(airport), range(100) f(flight)`;

const EXAMPLES = new URL('../../../examples/flights/pipelines/default/gold/', import.meta.url);

/** The runs of the two pipelines of the demo that fail on purpose, as its files have them. */
export interface DemoRuns {
  broken: string;
  scorecard: string;
  good: string;
}

/** Puts the demo's failing pipelines, runs them, and waits for their ends. */
export async function runFailingDemo(fleet: Fleet): Promise<DemoRuns> {
  await fleet.putPipeline('default/silver/flights', { sql: FLIGHTS });
  const good = await fleet.createRun('default/silver/flights');
  await fleet.spy.waitFor(good, 'success');
  const read = (path: string): Promise<string> => readFile(new URL(path, EXAMPLES), 'utf8');
  await fleet.putPipeline('default/gold/broken_report', {
    sql: await read('broken_report/pipeline.sql'),
  });
  await fleet.putPipeline('default/gold/airport_scorecard', {
    sql: await read('airport_scorecard/pipeline.sql'),
    config: {
      tests: [
        {
          accepted_values: { column: 'grade', values: ['A', 'B', 'C'] },
          name: 'grade_is_agreed',
          description: 'Only the grades A to C are accepted.',
        },
      ],
    },
  });
  const broken = await fleet.createRun('default/gold/broken_report');
  const scorecard = await fleet.createRun('default/gold/airport_scorecard');
  await fleet.spy.waitFor(broken, 'failed');
  await fleet.spy.waitFor(scorecard, 'failed');
  return { broken, scorecard, good };
}

/** Waits until an expression of the page is true. */
export async function shows(page: BrowserPage, what: string, expression: string): Promise<void> {
  await eventually(what, () => page.evaluate<boolean>(`Boolean(${expression})`), 30_000);
}

/** Waits until the page has a text. */
export function showsText(page: BrowserPage, text: string): Promise<void> {
  return shows(
    page,
    `the text ${text}`,
    `document.body.innerText.includes(${JSON.stringify(text)})`,
  );
}

/** The text of the code editor, in its shadow root. */
export const EDITOR_TEXT = `[...document.querySelectorAll('*')].find((one) => one.shadowRoot)?.shadowRoot.querySelector('.cm-content')`;

/** Replaces the text of the editor, as a person does: select all, then type. */
export async function rewriteEditor(page: BrowserPage, text: string): Promise<void> {
  await shows(page, 'the editor', EDITOR_TEXT);
  await page.evaluate(`${EDITOR_TEXT}.focus()`);
  await page.press('Control+a');
  await page.type(text);
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 AA, as one line each. */
export async function findBarriers(page: BrowserPage): Promise<string[]> {
  if (!(await page.evaluate<boolean>(`'axe' in window`)))
    await page.evaluate(`{ ${axe}; undefined }`);
  return page.evaluate<string[]>(`axe
    .run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) =>
        id + ' at ' + target.join(' ') + ': ' + failureSummary.split('\\n').slice(1).join(' '))))`);
}

const HAS_ALL_DATA = `document.querySelector('[class*=skeleton]') === null`;

/**
 * Holds an open screen against WCAG 2.2 AA, and against scrolling to the side, in both themes, on a desk and on a telephone.
 * With `pictures`, a folder, it writes what was looked at there.
 */
export async function checkScreen(
  page: BrowserPage,
  name: string,
  pictures: string | undefined,
): Promise<void> {
  await shows(page, 'all data', HAS_ALL_DATA);
  for (const [width, height] of SIZES) {
    for (const theme of ['light', 'dark'] as const) {
      await page.show({ width, height, theme });
      // Some parts are laid out anew for another size.
      await page.evaluate(
        'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
      );
      await shows(page, 'all data', HAS_ALL_DATA);
      if (pictures !== undefined) await page.picture(`${pictures}/${name}-${width}-${theme}.png`);
      const overflow = await page.evaluate(OVERFLOW);
      expect([width, theme, overflow]).toEqual([width, theme, 0]);
      expect([width, theme, await findBarriers(page)]).toEqual([width, theme, []]);
    }
  }
  await page.show(DESK);
}

/** The requests of a page that left its origin. */
export function findOutsideRequests(page: BrowserPage, site: string): string[] {
  const { origin } = new URL(site);
  return page.requests().filter((url) => new URL(url).origin !== origin);
}

/** Whether an element is seen whole without scrolling. */
export function isInView(selector: string): string {
  return `(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    if (element === null) return false;
    const { top, bottom } = element.getBoundingClientRect();
    return scrollY === 0 && top >= 0 && bottom <= innerHeight;
  })()`;
}
