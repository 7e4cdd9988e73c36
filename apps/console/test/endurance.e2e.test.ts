import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
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
import { shows, showsText } from './console-fixture.ts';

/** Each test waits several times, each time up to 30 s. */
jest.setTimeout(180_000);

const program = await findForSuite(CHROMIUM);
const MIB = 1024 * 1024;
const UPLOAD_MIB = 200;

/** Drops a large file on the page. It is made in the page, since a test cannot hand over so many bytes. */
const DROP_LARGE = `{
  const part = new TextEncoder().encode('0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\\n');
  const piece = new Uint8Array(${MIB});
  for (let at = 0; at + part.length <= piece.length; at += part.length) piece.set(part, at);
  piece.fill(10, piece.length - (piece.length % part.length));
  const files = new DataTransfer();
  files.items.add(new File(Array(${UPLOAD_MIB}).fill(piece), 'large.csv'));
  document.body.dispatchEvent(
    new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
  undefined
}`;

/** Hides the tab, or shows it, as the browser would when another tab is chosen. */
const hide = (isHidden: boolean): string => `{
  Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
  undefined
}`;

(program === undefined ? describe.skip : describe)('the console under strain', () => {
  let fleet: Fleet;
  let proxy: FaultProxy;
  let page: BrowserPage;
  let site: string;

  beforeAll(async () => {
    const [backend = 'postgres'] = backends();
    fleet = await startFleet({ backend, apis: 2, runners: 1, checkAnswers: false });
    proxy = await FaultProxy.open(fleet.apis[0]?.url ?? '');
    site = `http://127.0.0.1:${proxy.port}/console`;
    page = await openPage(program ?? '', `${site}/`, 'kept');
    await page.show({ width: 1_440, height: 900, theme: 'light' });
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await proxy?.close();
    await fleet?.close();
  });

  /** Starts a run that ends only when it is cancelled. */
  async function startEndless(): Promise<string> {
    await fleet.putPipeline('default/silver/endless', {
      sql: 'SELECT count(*) AS n FROM range(3000000) a, range(3000000) b',
    });
    const id = await fleet.createRun('default/silver/endless');
    await fleet.spy.waitFor(id, 'running');
    return id;
  }

  test('a file of 200 MB is uploaded whole, with its progress on the screen', async () => {
    await fleet.client().landingZones.create({ namespace: 'default', name: 'large' });
    await page.open(`${site}/landing?zone=default/large`);
    await showsText(page, 'Files that wait in default/large');
    await page.evaluate(DROP_LARGE);
    await showsText(page, '▶ sending');
    await shows(
      page,
      'its speed',
      `document.querySelector('[aria-labelledby=uploads]').innerText.includes('/s')`,
    );
    await eventually(
      'the file arrives',
      () => page.evaluate<boolean>(`document.body.innerText.includes('✓ arrived')`),
      120_000,
    );
    const { files } = (await fleet.getJson('/landing-zones/default/large/files')) as {
      files: { name: string; size_bytes: number }[];
    };
    expect(files).toMatchObject([{ name: 'large.csv', size_bytes: UPLOAD_MIB * MIB }]);
  });

  test('nine tabs are live, and all see a new run', async () => {
    await fleet.putPipeline('default/silver/seen', { sql: 'SELECT 1 AS n' });
    const tabs: BrowserPage[] = [];
    while (tabs.length < 9) {
      const tab = await page.newTab(`${site}/runs`);
      tabs.push(tab);
      // With a connection of its own for each tab, the sixth would wait for ever.
      await showsText(tab, '● live');
    }
    await fleet.createRun('default/silver/seen');
    for (const tab of tabs) await showsText(tab, '1 new ↑');
  });

  test('a hidden tab gives its stream back, and has every line once it is seen again', async () => {
    const streams = async (): Promise<number> => {
      const metrics = await (await fetch(`${fleet.apis[0]?.url}/metrics`)).text();
      return Number(/^rat_event_streams (\d+)/m.exec(metrics)?.[1]);
    };
    const id = await startEndless();
    await page.open(`${site}/runs/${id}`);
    await showsText(page, 'Executing SQL');
    const before = await streams();
    await page.evaluate(hide(true));
    await eventually('the stream is closed', async () => (await streams()) === before - 1, 60_000);
    await fleet.client().runs.cancel(id);
    await fleet.spy.waitFor(id, 'cancelled');
    await page.evaluate(hide(false));
    const { logs } = (await fleet.getJson(`/runs/${id}/logs`)) as { logs: object[] };
    await showsText(page, `complete: ${logs.length} lines`);
    // Two streams carried the log, so its checksum as a whole was not compared.
    expect(await page.evaluate(`document.body.innerText.includes('checksum right')`)).toBe(false);
  });

  test('a kill of the API in the middle of a run costs no line of its log', async () => {
    const id = await startEndless();
    await page.open(`${site}/runs/${id}`);
    await showsText(page, 'Executing SQL');
    fleet.apis[0]?.process.kill('SIGKILL');
    await showsText(page, '○ reconnecting');
    proxy.retarget(fleet.apis[1]?.url ?? '');
    await showsText(page, '● live');
    await fleet.client(1).runs.cancel(id);
    await fleet.spy.waitFor(id, 'cancelled');
    const { logs } = (await fleet.getJson(`/runs/${id}/logs`, 1)) as { logs: object[] };
    await showsText(page, `complete: ${logs.length} lines, checksum right`);
    await showsText(page, 'nothing was published');
  });
});
