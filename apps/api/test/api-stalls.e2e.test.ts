import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import {
  appendEvents,
  claimRun,
  createCancelPlan,
  createRun,
  openDatabase,
  settleAttempt,
  type Database,
} from '@rat/store';
import { bestOf, startFleet, type Fleet } from '@rat/testing';
import { BUSY_MAX_MS, LoopWatch, WATCHED } from './loop-watch.ts';

/**
 * Attempts for each request. The first one warms the code up; garbage collection or an overloaded
 * machine may spoil another.
 */
const TIMES = 3;

const LOG_LINES = 10_000;
const LONG_LINES = 1_500;
const LONG_LINE_BYTES = 16_000;
const RUNS = 1_000;
const IDLE = { namespace: 'default', layer: 'bronze', name: 'idle' } as const;
const UPLOAD_MB = 50;

let fleet: Fleet;
let db: Database;
let loop: LoopWatch;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0', ...WATCHED };
  fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env,
    checkAnswers: false,
  });
  loop = new LoopWatch(fleet.apis[0]?.process);
  const log = createLogger('test', { level: 'silent' });
  db = openDatabase({
    url: fleet.databaseUrl,
    maxConnections: 4,
    applicationName: 'test',
    log,
  });
  await fleet.putPipeline('default/bronze/idle', {
    sql: 'SELECT 1 AS n',
    config: { pool: 'nobody', concurrency: { limit: 1_000 } },
  });
}, 60_000);
afterAll(async () => {
  await db.close();
  await fleet.close();
});

/** Fails when every attempt of the request blocks the API's thread. */
async function expectNoStall(
  request: () => Promise<unknown>,
  prepare: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const least = await bestOf({ times: TIMES, enough: BUSY_MAX_MS }, async () => {
    await prepare();
    await loop.longestTurn();
    await request();
    return loop.longestTurn();
  });
  expect(least).toBeLessThan(BUSY_MAX_MS);
}

/** Sends a request and counts the bytes of the response without buffering them. */
async function send(
  path: string,
  { status, ...init }: RequestInit & { status: number },
): Promise<number> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, init);
  if (response.status !== status) {
    throw new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  }
  let bytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>)
    bytes += piece.length;
  return bytes;
}

function sendJson(method: string, path: string, status: number, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return send(path, {
    method,
    headers,
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** A finished run with `lines` lines in its log. */
async function createEndedRun(lines: number, message: string): Promise<string> {
  const { id: runId } = await createRun(db, { pipeline: IDLE, trigger: { kind: 'manual' } });
  const held = { runId, attempt: 1 };
  await claimRun(db, held, { runnerId: 'test', leaseMs: 600_000 });
  const batch = 250;
  for (let n = 0; n < lines; n += batch) {
    const line = { kind: 'log', at: new Date(), level: 'info', phase: 'build', message } as const;
    const events = Array.from({ length: batch }, () => line);
    await appendEvents(db, { ...held, alreadyAppended: n }, events);
  }
  const failure = { code: 'sql_error', message: 'ended by the test' } as const;
  await settleAttempt(db, held, { kind: 'fail', failure }, []);
  return runId;
}

/** Creates 1,000 runs in a pool that no runner serves. */
async function createRuns(): Promise<void> {
  for (let n = 0; n < RUNS; n += 10) {
    await Promise.all(
      Array.from({ length: 10 }, () =>
        createRun(db, { pipeline: IDLE, trigger: { kind: 'manual' } }),
      ),
    );
  }
}

/** JSON of `depth` nested lists. JSON.stringify would overflow its stack. */
function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

function many<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}

function manyKeys(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1]));
}

/** Quality tests of 800 kB in total. */
function manyTests(): object[] {
  const sql = `SELECT 1 AS a -- ${'x'.repeat(40_000)}`;
  return Array.from({ length: 20 }, (_, n) => ({ name: `t${n}`, sql }));
}

const MANY_CELLS = Array.from({ length: 100 }, (_, n) => `'cell ' || (i * ${n + 7}) AS c${n}`);
const MANY_SQL = `SELECT ${MANY_CELLS.join(', ')} FROM range(10000) t(i)`;

describe('no single request keeps the API’s own thread busy for more than 100 ms', () => {
  test.each([
    ['of few large cells', `SELECT repeat('x"', 500000) AS c FROM range(10)`, 15_000_000],
    ['of 10,000 rows of 100 small cells', MANY_SQL, 10_000_000],
  ])(
    'an answer %s to a query holds up no other request',
    async (_what, sql, atLeast) => {
      await expectNoStall(async () => {
        const bytes = await sendJson('POST', '/query', 200, { sql, limit: 10_000 });
        expect(bytes).toBeGreaterThan(atLeast);
      });
    },
    120_000,
  );

  test('a preview of 10,000 rows of 100 cells holds up no other request', async () => {
    await fleet.putPipeline('default/bronze/many', { sql: MANY_SQL });
    const id = await fleet.createRun('default/bronze/many');
    await fleet.spy.waitFor(id, 'success');
    await expectNoStall(async () => {
      const path = '/tables/default/bronze/many/preview?limit=10000';
      expect(await send(path, { status: 200 })).toBeGreaterThan(10_000_000);
    });
  }, 120_000);

  test.each<[what: string, status: number, body: object | string]>([
    ['the longest SQL', 200, { sql: `SELECT 1 AS a -- ${'x'.repeat(480_000)}` }],
    ['long quality tests', 200, { sql: 'SELECT 1 AS a', quality_tests: manyTests() }],
    ['as many keys as JSON may have', 422, { sql: 'SELECT 1', config: manyKeys(19_000) }],
    ['more keys than JSON may have', 400, { sql: 'SELECT 1', config: manyKeys(70_000) }],
    ['a list of empty tests', 400, { sql: 'SELECT 1', quality_tests: many(190_000, {}) }],
    ['a list of wrong keys', 422, { sql: 'SELECT 1', config: { unique_key: many(400_000, 1) } }],
    [
      'as many lists as JSON may have',
      422,
      `{"sql":"SELECT 1","config":[${'[],'.repeat(199_000)}[]]}`,
    ],
    [
      'more lists than JSON may have',
      400,
      `{"sql":"SELECT 1","config":[${'[],'.repeat(300_000)}[]]}`,
    ],
    ['more levels than JSON may have', 400, `{"sql":"SELECT 1","config":${nested(500_000)}}`],
  ])(
    'a pipeline with %s holds up no other request',
    async (_what, status, body) => {
      const path = 'default/bronze/large';
      await fleet.putPipeline(path, { sql: 'SELECT 1 AS a' });
      await expectNoStall(() => sendJson('PUT', `/pipelines/${path}`, status, body));
    },
    60_000,
  );

  test.each([
    ['a new run', '/runs', manyKeys(19_000)],
    ['a cancel of runs', '/runs/cancel', { filter: { ids: many(190_000, 1) } }],
    ['a query', '/query', manyKeys(19_000)],
  ])('%s with thousands of mistakes holds up no other request', async (_what, path, body) => {
    await expectNoStall(() => sendJson('POST', path, 400, body));
  });

  describe.each([
    ['10,000 lines', LOG_LINES, 'Loaded 122,880 rows of the month into the staging folder'],
    ['the longest lines', LONG_LINES, 'x\n'.repeat(LONG_LINE_BYTES / 2)],
  ])('a log of %s', (_what, lines, message) => {
    let runId: string;
    beforeAll(async () => {
      runId = await createEndedRun(lines, message);
    }, 60_000);

    test.each(['json', 'text', 'ndjson', 'event-stream'])(
      'a long log as %s holds up no other request',
      async (format) => {
        await expectNoStall(async () => {
          const bytes = await send(`/runs/${runId}/logs?format=${format}`, { status: 200 });
          expect(bytes).toBeGreaterThan(lines * message.length);
        });
      },
      60_000,
    );
  });

  test('the largest page of runs holds up no other request', async () => {
    await createRuns();
    await expectNoStall(() => send('/runs?limit=200', { status: 200 }));
  }, 60_000);

  test('the preview of a cancel of 1,000 runs holds up no other request', async () => {
    await createRuns();
    const filter = { pipeline: IDLE.name };
    await expectNoStall(() => sendJson('POST', '/runs/cancel', 200, { filter }));
  }, 60_000);

  test('a cancel of 1,000 runs holds up no other request', async () => {
    let token = '';
    await expectNoStall(
      () => sendJson('POST', '/runs/cancel', 200, { token }),
      async () => {
        await createRuns();
        ({ token } = await createCancelPlan(db, { pipeline: IDLE.name }));
      },
    );
  }, 120_000);

  test('an upload of 50 MB holds up no other request', async () => {
    const path = '/landing-zones/default/large/files?name=a.bin&replace=true';
    const body = new Uint8Array(UPLOAD_MB * 1024 * 1024);
    await expectNoStall(() => send(path, { method: 'POST', status: 201, body }));
  }, 60_000);
});
