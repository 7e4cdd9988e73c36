import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, testWishes, type Fleet } from '@rat/testing';

const PRINT = fileURLToPath(
  new URL('../../../packages/engine/test/print-sql.mjs', import.meta.url),
);
const QUERIES = 120;
const PIPELINES = 40;
const AT_ONCE = 3;

/** An answer later than this is a stall, when the API was at work itself and not waiting for the machine. */
const STALL_MS = 200;
const PROBE_EVERY_MS = 20;
/** Linux counts processor time in steps of 10 ms. */
const TICK_MS = 10;

let fleet: Fleet;

beforeAll(async () => {
  const env = { RAT_QUERY_TIMEOUT: '5', RAT_QUERY_CONCURRENCY: '4', RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env,
    checkAnswers: false,
  });
}, 60_000);
afterAll(() => fleet.close());

async function send(method: string, path: string, body: object) {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** Milliseconds of processor time that the API's main thread has taken so far; Linux only. */
async function busyMs(): Promise<number> {
  const pid = fleet.apis[0]?.process.pid ?? 0;
  const stat = await readFile(`/proc/${pid}/task/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

/** Probes the API until the signal: the probes in which its event loop stood still by its own work, in milliseconds. */
async function findStalls(signal: AbortSignal): Promise<number[]> {
  const stalls: number[] = [];
  while (!signal.aborted) {
    const [before, began] = [await busyMs(), performance.now()];
    await (await fetch(`${fleet.apis[0]?.url}/health/live`)).arrayBuffer();
    const tookMs = performance.now() - began;
    if (tookMs > STALL_MS && (await busyMs()) - before >= STALL_MS) stalls.push(tookMs);
    await pause(PROBE_EVERY_MS);
  }
  return stalls;
}

async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

test('hostile SQL through the API is never counted as a fault of ours, names no path, and never stalls the API', async () => {
  const count = String(QUERIES + PIPELINES);
  const { propertySeed } = testWishes();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [PRINT, String(propertySeed), count],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const texts = JSON.parse(stdout) as string[];
  const wrong: object[] = [];
  const done = new AbortController();
  const stalls = findStalls(done.signal);

  await forEach(texts.slice(0, QUERIES), async (text) => {
    const table = `WITH t AS (SELECT 1 AS a, 'x' AS b, NULL::INT AS c)`;
    const sql = text.startsWith('SELECT') ? `${table} ${text}` : text;
    const { status, text: answer } = await send('POST', '/query', { sql });
    // 504: a query that does not end is its author's.
    const isTrue = [200, 400, 404, 429, 504].includes(status) && !answer.includes(fleet.home);
    if (!isTrue) wrong.push({ sql, status, answer });
  });

  await forEach([...texts.slice(QUERIES).entries()], async ([n, text]) => {
    const path = `default/bronze/hostile_${n}`;
    const sql = `CREATE TEMP TABLE t AS SELECT 1 AS a, 'x' AS b, NULL::INT AS c;\n${text}`;
    const put = await send('PUT', `/pipelines/${path}`, { sql, config: { timeout_seconds: 5 } });
    if (put.status === 400 || put.status === 422) return;
    if (put.status !== 201) {
      wrong.push({ sql, ...put });
      return;
    }
    const id = await fleet.createRun(path);
    await eventually(
      `run ${id} ends`,
      async () => {
        const run = await fleet.spy.find(id);
        return run !== undefined && run.status !== 'pending' && run.status !== 'running';
      },
      60_000,
    );
    const run = JSON.stringify(await fleet.getJson(`/api/v1/runs/${id}`));
    const isOurs = /"code":"(?:internal|stalled|storage_unavailable)"/.test(run);
    if (isOurs || run.includes(fleet.home)) wrong.push({ sql, run });
  });

  done.abort();
  expect(wrong).toEqual([]);
  expect(await stalls).toEqual([]);
}, 300_000);
