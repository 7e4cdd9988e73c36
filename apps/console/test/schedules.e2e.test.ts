import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
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
import { findOutsideRequests, shows, showsText } from './console-fixture.ts';

/** Each test waits several times, each time up to 30 s. */
jest.setTimeout(120_000);

const program = await findForSuite(CHROMIUM);

(program === undefined ? describe.skip : describe)('the screen of schedules', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let site: string;

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    await fleet.putPipeline('default/silver/orders', { sql: 'SELECT 1 AS n' });
    await fleet.putPipeline('default/gold/totals', { sql: 'SELECT 2 AS n' });
    const { schedules, triggers } = fleet.client();
    const orders = { namespace: 'default', layer: 'silver', name: 'orders' } as const;
    await schedules.putOf({ ...orders, schedule: 'often' }, { every_seconds: 10 });
    await triggers.putOf(
      { namespace: 'default', layer: 'gold', name: 'totals', trigger: 'after-orders' },
      { kind: 'upstream', config: { pipelines: ['silver.orders'] } },
    );
    await eventually(
      'both have fired',
      async () => {
        const fired = await fleet.query<{ n: number }>(
          `SELECT count(DISTINCT source_id)::int AS n FROM firings WHERE run_id IS NOT NULL`,
        );
        return fired[0]?.n === 2;
      },
      60_000,
    );
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/schedules`, 'kept');
    await page.show({ width: 1_440, height: 900, theme: 'light' });
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test('schedules and triggers are one list, each with its pipeline and its last run', async () => {
    await showsText(page, '2 schedules and triggers');
    const lines = await page.evaluate<string[]>(
      `[...document.querySelectorAll('tbody tr')].map((line) => line.innerText)`,
    );
    expect(lines).toEqual([
      expect.stringMatching(/often schedule\s+silver\.orders\s+.*10 seconds/),
      expect.stringMatching(/after-orders trigger\s+gold\.totals\s+upstream: .*silver\.orders/),
    ]);
  });

  test('the column of the pauses is hardly wider than its button', async () => {
    const width = await page.evaluate<number>(
      `[...document.querySelectorAll('thead th')].find((one) => one.innerText === 'Pause').offsetWidth`,
    );
    expect(width).toBeLessThan(180);
  });

  test('the history of a schedule has its next times and its runs, and its address shows it again', async () => {
    await page.click('[aria-label="history of often"]');
    await showsText(page, 'Next: ');
    await shows(
      page,
      'a run',
      `document.querySelector('[aria-label="firings of often"] a[href*="/runs/"]')`,
    );
    await page.open(await page.evaluate<string>('location.href'));
    await shows(page, 'it', `document.querySelector('[aria-label="firings of often"] tbody tr')`);
  });

  test('a schedule is paused with a reason, and resumed', async () => {
    await page.click('[aria-label="pause often"]');
    await page.type('the source is down');
    await page.click('button[type=submit]');
    await showsText(page, 'the source is down');
    const { schedules } = await fleet.client().schedules.list({}).first();
    expect(schedules[0]?.paused).toMatchObject({ reason: 'the source is down' });
    await page.click('text=Resume');
    await shows(page, 'the button', `document.querySelector('[aria-label="pause often"]')`);
  });

  test('the page met no error, no violation of its policy, and no other host', () => {
    expect(page.errors()).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
