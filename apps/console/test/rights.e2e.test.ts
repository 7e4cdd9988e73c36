import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { RatClient } from '@rat/client';
import { includesRole, RUN_STATUSES, type Role } from '@rat/domain';
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
  findOutsideRequests,
  runFailingDemo,
  shows,
  showsText,
  type DemoRuns,
} from './console-fixture.ts';

/** Each test opens all screens. */
jest.setTimeout(180_000);

const program = await findForSuite(CHROMIUM);

type Runs = DemoRuns & { waiting: string };

/** A screen: its address, a text that is there once it has its data, and what writes on it, by the role that may. */
interface Writes {
  path: (runs: Runs) => string;
  text: string;
  operator?: string[];
  author?: string[];
}

const AGAIN = ['Rerun', 'Reproduce'];
const RUN = ['▶ Run', 'other ways to run', 'Run as a full refresh'];
const FLIGHTS = '/p/default/silver/flights';

/** Every button and box that writes, or that leads to a write. */
const WRITES: readonly Writes[] = [
  { path: ({ broken }) => `/runs/${broken}`, text: 'complete', operator: AGAIN },
  { path: ({ good }) => `/runs/${good}`, text: 'complete', operator: AGAIN, author: ['Revert…'] },
  {
    path: ({ scorecard }) => `/runs/${scorecard}`,
    text: 'on a branch; the table is as it was',
    operator: AGAIN,
    author: ['Publish…', 'Discard…'],
  },
  { path: ({ waiting }) => `/runs/${waiting}`, text: 'heavy', operator: ['Cancel…'] },
  {
    path: () => '/runs?pipeline=broken_report',
    text: 'Started',
    operator: ['select all runs that are shown', 'select gold.broken_report'],
  },
  { path: () => '/p/default/gold/broken_report', text: 'Open in the editor', operator: RUN },
  {
    path: () => '/p/default/gold/airport_scorecard?tab=tests',
    text: 'grade_is_agreed',
    operator: [...RUN, 'Test the table as it is'],
  },
  {
    path: () => `${FLIGHTS}?tab=versions`,
    text: 'current',
    operator: RUN,
    author: ['Restore…'],
  },
  {
    path: () => `${FLIGHTS}?tab=automation`,
    text: 'nightly',
    operator: [...RUN, 'pause nightly'],
  },
  { path: () => '/schedules', text: 'nightly', operator: ['pause nightly'] },
  {
    path: () => '/landing?zone=default/drops',
    text: 'flights.csv',
    author: ['New zone…', 'Deliver into drops…', 'Delete…'],
  },
  { path: () => '/runners', text: 'Heartbeat', operator: ['Drain…'] },
  {
    path: () => '/t/default/silver/flights?tab=schema',
    text: 'Partitioned by',
    author: ['Edit descriptions'],
  },
  { path: () => '/', text: 'Pipelines' },
  { path: () => '/pipelines', text: 'Newest 30 runs' },
  { path: () => '/tables', text: 'silver.flights' },
  { path: () => '/t/default/silver/flights', text: 'rows' },
  { path: () => '/t/default/silver/flights?tab=snapshots', text: 'What it did' },
  { path: () => '/query', text: 'History' },
  { path: () => '/lineage', text: 'silver.flights' },
  { path: () => '/settings', text: 'As the system' },
  { path: () => '/settings?tab=tokens', text: 'Only an administrator may see this' },
];

/** The buttons of these screens that only read, or change only this browser. */
const READS: readonly (string | RegExp)[] = [
  // A log.
  'wrap',
  'follow',
  'match capital letters',
  'regular expression',
  'previous match',
  'next match',
  /^✕ \d+ errors? ↓$/,
  // The filters of the runs.
  'Clear',
  // The menu of views: everybody saves some for themselves.
  /^Views/,
  'insert new runs',
  'Copy link',
  /^pipeline: .+ ×$/,
  new RegExp(`^.(${RUN_STATUSES.join('|')}|quarantined)$`),
  // A table, a query and the lineage.
  'Copy all',
  /^Show [\d,]+$/,
  /^choose snapshot \d+$/,
  'Compare the two',
  'Run Ctrl-Enter',
  'Cancel Esc',
  'larger',
  'smaller',
  'Whole graph',
  // The files of a pipeline.
  'pipeline.sql',
  'config.yaml',
];

/** The tree of tables beside a query is left out: it puts their names into the text. */
const BUTTONS = `[...document.querySelectorAll('main button, main summary, main input[type=checkbox]')]
  .filter((one) => one.closest('section[aria-label="tables"]') === null)
  .map((one) => one.getAttribute('aria-label') ?? (one.labels?.[0] ?? one).textContent.trim())`;

(program === undefined ? describe.skip : describe)('what a role is offered', () => {
  let fleet: Fleet;
  let page: BrowserPage;
  let site: string;
  let runs: Runs;
  const tokens = new Map<Role, string>();

  /** The buttons that are not known to only read. A run's id is no part of a name. */
  const writesOn = async ({ path, text }: Writes): Promise<string[]> => {
    await page.open(site + path(runs));
    await showsText(page, text);
    await shows(page, 'all data', `document.querySelector('[class*=skeleton]') === null`);
    const names = await page.evaluate<string[]>(BUTTONS);
    const isRead = (name: string): boolean =>
      READS.some((known) => (typeof known === 'string' ? known === name : known.test(name)));
    return [...new Set(names.map((name) => name.replace(/ [0-9a-f]{8}-[0-9a-f]{4}$/, '')))].filter(
      (name) => !isRead(name),
    );
  };

  const signIn = async (role: Role): Promise<void> => {
    const body = JSON.stringify({ token: tokens.get(role) });
    const headers = JSON.stringify({ 'content-type': 'application/json' });
    await page.evaluate(
      `fetch('/api/v1/session', { method: 'POST', headers: ${headers}, body: ${JSON.stringify(body)} })`,
    );
    await page.open(`${site}/`);
    await showsText(page, `${role}-1, ${role}`);
  };

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
    const demo = await runFailingDemo(fleet);
    await fleet.putPipeline('default/gold/yearly', {
      sql: 'SELECT 1 AS n',
      config: { pool: 'heavy' },
    });
    runs = { ...demo, waiting: await fleet.createRun('default/gold/yearly') };
    const rat = fleet.client();
    const flights = { namespace: 'default', layer: 'silver', name: 'flights' } as const;
    await fleet.putPipeline('default/silver/flights', { sql: 'SELECT 1 AS n' });
    await rat.schedules.putOf({ ...flights, schedule: 'nightly' }, { cron: '0 3 * * *' });
    await rat.landingZones.create({ namespace: 'default', name: 'drops' });
    const drops = { namespace: 'default', zone: 'drops' };
    await rat.landingZones.upload(drops, 'id\n1\n', { name: 'flights.csv' });
    const { token } = await rat.tokens.create({ name: 'admin-1', role: 'admin' });
    const admin = new RatClient({ baseUrl: fleet.apis[0]?.url ?? '', token, retries: 0 });
    for (const role of ['viewer', 'operator', 'author'] as const)
      tokens.set(role, (await admin.tokens.create({ name: `${role}-1`, role })).token);
    site = `${fleet.apis[0]?.url}/console`;
    page = await openPage(program ?? '', `${site}/`, 'kept');
    await page.show(DESK);
  }, 240_000);
  afterAll(async () => {
    await page?.close();
    await fleet?.close();
  });

  test.each(['viewer', 'operator', 'author'] as const)(
    'a person with the role %s sees exactly the writes of that role on each screen',
    async (role) => {
      await signIn(role);
      const offered: Record<string, string[]> = {};
      const allowed: Record<string, string[]> = {};
      for (const screen of WRITES) {
        const { operator = [], author = [] } = screen;
        const address = screen.path(runs);
        offered[address] = (await writesOn(screen)).toSorted();
        allowed[address] = [
          ...(includesRole(role, 'operator') ? operator : []),
          ...(includesRole(role, 'author') ? author : []),
        ].toSorted();
      }
      expect(offered).toEqual(allowed);
    },
  );

  test.each([
    ['viewer', []],
    ['operator', RUN],
    [
      'author',
      [
        'Preview',
        'Save',
        'Run',
        'Undo all changes',
        'compare with the table',
        'as a full refresh',
        'Add a test…',
      ],
    ],
  ] as const)('the editor of a person with the role %s offers %j', async (role, expected) => {
    await signIn(role);
    const path = (): string => `${FLIGHTS}?tab=code`;
    expect(await writesOn({ path, text: 'config.yaml' })).toEqual(expected);
    const content = `[...document.querySelectorAll('*')].find((one) => one.shadowRoot)?.shadowRoot.querySelector('.cm-content')`;
    await shows(page, 'the editor', content);
    const editable = await page.evaluate<string>(`${content}.getAttribute('contenteditable')`);
    expect(editable).toBe(String(role === 'author'));
  });

  test('no screen requests what its person may not do, and no other host', () => {
    // The page was opened before anybody had signed in.
    expect(page.errors().filter((line) => !line.includes('401'))).toEqual([]);
    expect(findOutsideRequests(page, site)).toEqual([]);
  });
});
