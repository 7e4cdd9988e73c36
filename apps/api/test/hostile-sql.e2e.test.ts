import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, testWishes, type Fleet } from '@rat/testing';
import { BUSY_MAX_MS, LoopWatch, WATCHED } from './loop-watch.ts';

const PRINT = fileURLToPath(
  new URL('../../../packages/engine-duckdb/test/print-sql.mjs', import.meta.url),
);
const QUERIES = 160;
const PIPELINES = 60;
const AT_ONCE = 3;

let fleet: Fleet;

beforeAll(async () => {
  const limits = { RAT_QUERY_TIMEOUT: '5', RAT_QUERY_CONCURRENCY: '4' };
  const env = { ...limits, RAT_MAINTENANCE_HOURS: '0', ...WATCHED };
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

async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

test('hostile SQL never causes an internal error, reveals no path, and never stalls the API', async () => {
  const count = String(QUERIES + PIPELINES);
  const { propertySeed } = testWishes();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [PRINT, String(propertySeed), count],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const texts = JSON.parse(stdout) as string[];
  const wrong: object[] = [];
  const loop = new LoopWatch(fleet.apis[0]?.process);
  await loop.longestTurn();

  await forEach(texts.slice(0, QUERIES), async (text) => {
    const table = `WITH t AS (SELECT 1 AS a, 'x' AS b, NULL::INT AS c)`;
    const sql = text.startsWith('SELECT') ? `${table} ${text}` : text;
    const { status, text: answer } = await send('POST', '/query', { sql });
    // A 504 is correct for a query that never ends.
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

  expect(wrong).toEqual([]);
  expect(await loop.longestTurn()).toBeLessThan(BUSY_MAX_MS);
}, 600_000);
