import { openRunHints, type RunHints } from '@rat/hints';
import { createLogger, type Logger } from '@rat/runtime';
import {
  appendEvents,
  claimRun,
  createRun,
  openDatabase,
  type Database,
  type NewRunEvent,
} from '@rat/store';
import { CHROMIUM, findProgram, openPage, type BrowserPage } from '@rat/testing';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { row } from '../measure.ts';

const PIPELINE = { namespace: 'default', layer: 'silver', name: 'bench' } as const;
const LINES = 100_000;
const BATCH = 500;
const LINE = 'Loaded 122,880 rows of the month into the staging folder, 14 files so far';
const LEVELS = ['info', 'info', 'info', 'debug', 'info', 'info', 'info', 'warn'] as const;
const EVENTS_A_SECOND = 20;
const MB = 1024 ** 2;

export const consolePage: Bench = {
  name: 'console',
  measures: `the page of a run with ${LINES.toLocaleString('en')} lines of log in headless Chromium, whose cache is empty`,
  run: async ({ quick }) => {
    const program = await findProgram(CHROMIUM);
    if (program === undefined) throw new Error('there is no Chromium: install chromium');
    return withFleet({}, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n' });
      const log = createLogger('bench', { level: 'error' });
      const url = fleet.databaseUrl;
      const db = openDatabase({ url, maxConnections: 2, applicationName: 'bench', log });
      const hints = openHints(fleet, log);
      try {
        const run = await startRun(db);
        const { usable, complete, page } = await load(
          program,
          addressOf(fleet, run),
          quick ? 1 : 5,
        );
        try {
          const frames = await scroll(page, quick ? 1_000 : 5_000);
          const heap = (await page.heapBytes()) / MB;
          const seconds = quick ? 5 : 60;
          const shift = await watchShift(page, () => sendEvents({ db, hints, run }, seconds));
          return [
            row({
              what: 'address opened → the first lines of the log are seen',
              unit: 'ms',
              ours: usable,
              goals: [{ of: 'median', atMost: 1_000 }],
            }),
            row({
              what: `address opened → ${LINES.toLocaleString('en')} lines are there`,
              unit: 'ms',
              ours: complete,
              goals: [{ of: 'median', atMost: 2_000 }],
            }),
            row({
              what: 'a frame while the log is scrolled',
              unit: 'ms',
              ours: frames,
              goals: [{ of: 'p95', atMost: 20 }],
            }),
            row({
              what: 'objects of JavaScript with the whole log',
              unit: 'MB',
              ours: [heap],
              goals: [{ of: 'max', atMost: 64 }],
            }),
            row({
              what: `layout shift in ${seconds} s with ${EVENTS_A_SECOND} events/s`,
              unit: 'CLS',
              ours: [shift],
              goals: [{ of: 'max', atMost: 0 }],
            }),
          ];
        } finally {
          await page.close();
        }
      } finally {
        await hints.close();
        await db.close();
      }
    });
  },
};

/** A run that a runner has claimed; `appended` counts its rows. */
interface OpenRun {
  runId: string;
  appended: number;
}

function openHints(fleet: BenchFleet, log: Logger): RunHints {
  const connection = { kind: 'redis', url: fleet.redisUrl } as const;
  return openRunHints({ connection, channel: `${fleet.prefix}_runs`, log });
}

function addressOf(fleet: BenchFleet, { runId }: OpenRun): string {
  return `${fleet.apis[0]?.url}/console/runs/${runId}`;
}

/** Makes a run that is under way and has logged `LINES` lines. */
async function startRun(db: Database): Promise<OpenRun> {
  const { id: runId } = await createRun(db, {
    pipeline: PIPELINE,
    trigger: { kind: 'api', label: 'bench' },
  });
  await claimRun(db, { runId, attempt: 1 }, { runnerId: 'bench', leaseMs: 600_000 });
  const run = { runId, appended: 0 };
  const started = { name: 'build', status: 'started', started_at: new Date().toISOString() };
  await append(db, run, [{ kind: 'phase', at: new Date(), phase: 'build', payload: started }]);
  for (let n = 0; n < LINES; n += BATCH)
    await append(
      db,
      run,
      Array.from({ length: BATCH }, (_, nth) => toLine(n + nth + 1)),
    );
  return run;
}

function toLine(number: number): NewRunEvent {
  const level = LEVELS[number % LEVELS.length] ?? 'info';
  return { kind: 'log', at: new Date(), level, phase: 'build', message: `${LINE} (${number})` };
}

/** Resolves with the seq of the last row. */
async function append(db: Database, run: OpenRun, events: NewRunEvent[]): Promise<number> {
  const held = { runId: run.runId, attempt: 1, alreadyAppended: run.appended };
  const answer = await appendEvents(db, held, events);
  if (answer.kind === 'fenced') throw new Error('the run is not held any more');
  run.appended += events.length;
  return answer.lastSeq;
}

/** Opens the page in a new browser for each round. The first round warms the API and does not count. */
async function load(
  program: string,
  url: string,
  rounds: number,
): Promise<{ usable: number[]; complete: number[]; page: BrowserPage }> {
  const usable: number[] = [];
  const complete: number[] = [];
  for (let round = 0; ; round += 1) {
    const page = await openPage(program, 'about:blank', 'kept');
    try {
      const began = performance.now();
      await page.open(url);
      await until(page, `document.querySelector('[role=log] [data-place]') !== null`);
      const seen = performance.now() - began;
      await until(
        page,
        `document.querySelector('[aria-label=log]').lastChild.textContent.includes('${LINES} lines so far')`,
      );
      if (round > 0) {
        usable.push(seen);
        complete.push(performance.now() - began);
      }
      if (round === rounds) return { usable, complete, page };
    } catch (error) {
      await page.close();
      throw error;
    }
    await page.close();
  }
}

/** Looks at each frame of the page whether `expression` is true. */
function until(page: BrowserPage, expression: string): Promise<unknown> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const end = performance.now() + 60_000;
    const look = () => {
      if (${expression}) resolve(true);
      else if (performance.now() > end) reject(new Error('not within 60 s: ' + ${JSON.stringify(expression)}));
      else requestAnimationFrame(look);
    };
    look();
  })`);
}

/** Scrolls fast from the top down, and measures the time from each frame to the next. */
function scroll(page: BrowserPage, forMs: number): Promise<number[]> {
  return page.evaluate<number[]>(`new Promise((resolve) => {
    const box = document.querySelector('[role=log]');
    // A person who scrolls up ends following.
    box.dispatchEvent(new WheelEvent('wheel', { deltaY: -1, bubbles: true }));
    box.scrollTop = 0;
    const frames = [];
    let before;
    const step = (at) => {
      if (before !== undefined) frames.push(at - before);
      before = at;
      box.scrollTop += 333;
      if (frames.reduce((sum, one) => sum + one, 0) < ${forMs}) requestAnimationFrame(step);
      else resolve(frames);
    };
    requestAnimationFrame(step);
  })`);
}

/** The sum of all layout shifts of the page while `work` goes on. */
async function watchShift(page: BrowserPage, work: () => Promise<void>): Promise<number> {
  await page.evaluate(`(() => {
    globalThis.shifts = 0;
    globalThis.shiftWatch = new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) shifts += value;
    });
    shiftWatch.observe({ type: 'layout-shift' });
  })()`);
  await work();
  return page.evaluate<number>(`(() => {
    for (const { value } of shiftWatch.takeRecords()) shifts += value;
    shiftWatch.disconnect();
    return shifts;
  })()`);
}

/** Lines and progress at a steady rate, each announced as a runner does. */
async function sendEvents(
  { db, hints, run }: { db: Database; hints: RunHints; run: OpenRun },
  seconds: number,
): Promise<void> {
  const began = performance.now();
  for (let n = 0; n < seconds * EVENTS_A_SECOND; n += 1) {
    const seq = await append(db, run, [n % 4 === 0 ? toProgress(n / 4) : toLine(LINES + n)]);
    await hints.publish({ kind: 'moved', runId: run.runId, seq });
    const next = began + ((n + 1) * 1_000) / EVENTS_A_SECOND;
    await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
  }
}

function toProgress(nth: number): NewRunEvent {
  const payload = { percent: nth % 101, rows: nth * 1_000, memory_bytes: null };
  return { kind: 'progress', at: new Date(), phase: 'build', payload };
}
