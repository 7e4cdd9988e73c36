import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endEvent } from '@rat/contracts';
import { readEvents } from '@rat/store';
import {
  CHROMIUM,
  eventually,
  findFreePort,
  findForSuite,
  openPage,
  openStoreFixture,
  startNode,
  type BrowserPage,
  type ServiceProcess,
  type StoreFixture,
} from '@rat/testing';
import { SimulatedRunner } from './simulated-runner.ts';

const program = await findForSuite(CHROMIUM);

/**
 * The script of a page that follows a run. It never closes its EventSource, so the server must stop
 * the reconnects.
 */
const follow = (runId: string): string => `
  window.seen = [];
  window.source = new EventSource('/api/v1/runs/${runId}/logs');
  for (const type of ['log', 'status', 'phase', 'progress', 'error', 'end']) {
    source.addEventListener(type, (event) => {
      // A lost connection is also an error event, but has no data.
      if (event.data !== undefined) seen.push({ type, id: event.lastEventId, data: event.data });
    });
  }`;

interface Seen {
  type: string;
  id: string;
  data: string;
}

(program === undefined ? describe.skip : describe)('a browser’s own EventSource', () => {
  let store: StoreFixture;
  let port: number;
  let api: ServiceProcess;
  let page: BrowserPage;

  async function startApi(): Promise<void> {
    api = startNode('apps/api/dist/main.js', {
      DATABASE_URL: store.url,
      RAT_QUEUE_PREFIX: `browser_${process.pid}`,
      RAT_MIGRATE: '1',
      PORT: String(port),
    });
    await api.waitForLine(/"listening"/);
  }

  beforeAll(async () => {
    store = await openStoreFixture();
    port = await findFreePort();
    await startApi();
    page = await openPage(program ?? '', `http://127.0.0.1:${port}/health/live`);
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await api?.stop();
    await store?.close();
  });

  test('a browser follows a run through a crash and a restart of the API, and shows every line once', async () => {
    const runner = new SimulatedRunner(store.db, undefined);
    const runId = await runner.start();
    let written = 0;
    const write = async (count: number): Promise<void> => {
      const lines = Array.from({ length: count }, (_, n) => `line ${written + n + 1}`);
      written += count;
      await runner.log(runId, lines);
    };
    const isShown = (text: string): Promise<unknown> =>
      eventually(
        `the page shows ${text}`,
        () => page.evaluate<boolean>(`seen.some(({ data }) => data.includes('${text}'))`),
        60_000,
      );

    await write(200);
    await page.evaluate(follow(runId));
    await isShown('"line 200"');
    api.kill('SIGKILL');
    await api.exited;
    await write(300);
    await startApi();
    await write(100);
    await isShown('"line 600"');
    await api.stop();
    await write(1);
    await startApi();
    await write(50);
    await runner.fail(runId);
    await isShown('sha256');
    // After a 204, the browser does not reconnect.
    await eventually(
      'it is closed',
      () => page.evaluate<boolean>('source.readyState === 2'),
      30_000,
    );

    const rows = await readEvents(store.db, { runId, afterSeq: 0, limit: 10_000 });
    const seen = await page.evaluate<Seen[]>('seen');
    expect(seen.filter(({ type }) => type === 'log').map(({ id }) => Number(id))).toEqual(
      rows.filter((row) => row.kind === 'log').map((row) => row.seq),
    );
    expect(seen.slice(-3).map(({ type }) => type)).toEqual(['error', 'status', 'end']);
    const end = endEvent.parse(JSON.parse(seen.at(-1)?.data ?? ''));
    expect(end).toMatchObject({ lines: written, last_seq: rows.at(-1)?.seq });
  }, 120_000);
});
