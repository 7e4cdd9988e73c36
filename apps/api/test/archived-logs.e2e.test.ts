import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endEvent, type RunDetail } from '@rat/contracts';
import type { LogLevel } from '@rat/domain';
import { appendEvents, readEvents, type NewRunEvent, type RunEvent } from '@rat/store';
import {
  eventually,
  openEventStream,
  startNode,
  testRedisUrl,
  type ServiceProcess,
  type StreamEvent,
} from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ApiReplica } from './api-replica.ts';
import { LogReader } from './log-reader.ts';

const PATH = /^_logs\/\d{4}-\d{2}-\d{2}\/[0-9a-f-]{36}\.ndjson\.gz$/;

let api: ApiFixture;
let home: string;
const runners: ServiceProcess[] = [];
/** APIs with empty caches of finished logs. */
const replicas: ApiReplica[] = [];

beforeAll(async () => {
  api = await openApi();
  home = await mkdtemp(join(tmpdir(), 'rat-archive-'));
});
afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.stop()));
  for (const replica of replicas) await replica.stop();
  await api.close();
  await rm(home, { recursive: true, force: true });
});

/** A runner for archiving only: it serves a pool that no test uses. */
async function startRunner(): Promise<ServiceProcess> {
  const runner = startNode('apps/runner/dist/main.js', {
    DATABASE_URL: api.databaseUrl,
    RAT_HOME: home,
    RAT_QUEUE_PREFIX: `${api.prefix}_archive`,
    RAT_RUNNER_POOLS: 'nobody',
    RAT_RUNNER_CONCURRENCY: '1',
    RAT_RUNNER_MEMORY_MB: '256',
  });
  runners.push(runner);
  await runner.waitForLine(/"runner started"/);
  return runner;
}

async function startReplica(): Promise<ApiReplica> {
  const url = testRedisUrl();
  const queue =
    url === undefined
      ? ({ kind: 'postgres', url: api.databaseUrl } as const)
      : ({ kind: 'redis', url } as const);
  const { databaseUrl, prefix } = api;
  const replica = new ApiReplica({ databaseUrl, prefix, queue, hints: queue, sweepMs: 300 });
  replicas.push(replica);
  await replica.start();
  return replica;
}

const letAge = (): Promise<unknown> =>
  api.db.pool.query(`UPDATE runs SET finished_at = finished_at - interval '2 hours'`);

async function isArchived(runId: string): Promise<string> {
  return eventually(
    `the log of ${runId} is archived`,
    async () => {
      const found = await api.db.pool.query<{ path: string | null }>(
        'SELECT logs_s3_path AS path FROM runs WHERE id = $1',
        [runId],
      );
      return found.rows[0]?.path ?? undefined;
    },
    60_000,
  );
}

/**
 * A failed run with a long log: two attempts, every kind of row, and characters that need escaping.
 */
async function failedRun(): Promise<string> {
  const runId = await api.runner.start();
  const row = (n: number): NewRunEvent =>
    n % 50 === 0
      ? {
          kind: 'progress',
          at: new Date(),
          phase: 'build',
          payload: { percent: 1, rows: n, memory_bytes: null },
        }
      : {
          kind: 'log',
          at: new Date(1_700_000_000_000 + n),
          phase: n % 3 === 0 ? undefined : 'build',
          level: (['debug', 'info', 'warn', 'error'] as const)[n % 4],
          message: `${n} "ü" \\ \u2028 😀\nzweite Zeile\r${'x'.repeat(n % 120)}`,
        };
  const rows = Array.from({ length: 1_200 }, (_, n) => row(n + 1));
  await appendEvents(api.db, { runId, attempt: 1, alreadyAppended: 0 }, rows);
  const failure = { code: 'storage_unavailable', message: 'away' } as const;
  await api.runner.settle(runId, { kind: 'retry', failure, delayMs: 0 });
  await api.runner.claim(runId, 2);
  await api.runner.log(runId, ['phase:build', 'again', ''], 2);
  await api.runner.fail(runId, {}, 2);
  return runId;
}

async function readRun(base: string, runId: string): Promise<unknown> {
  return (await fetch(`${base}/api/v1/runs/${runId}`)).json();
}

/** What the answer of a run says of these rows. */
function logOf(rows: readonly RunEvent[]): RunDetail['log'] {
  const lines = rows.filter(({ kind }) => kind === 'log');
  const of = (level: LogLevel): number => lines.filter((line) => line.level === level).length;
  return {
    lines: lines.length,
    by_level: { debug: of('debug'), info: of('info'), warn: of('warn'), error: of('error') },
    first_error_seq: lines.find(({ level }) => level === 'error')?.seq ?? null,
  };
}

const QUERIES = [
  '',
  '?limit=7&after=500',
  '?tail=30&level=warn',
  '?tail=1000&before=900&format=ndjson',
  '?tail=5&attempt=1&after=3',
  '?before=20',
  '?format=ndjson',
  '?format=ndjson&after=700&level=warn',
  '?format=text',
  '?format=text&attempt=2',
  '?q=zweite&phase=build&limit=1100',
];

/**
 * Reads every format in full, in parts and filtered, and the stream from every important position.
 */
async function everything(base: string, runId: string): Promise<unknown> {
  const logs = new LogReader(base);
  const bodies: Record<string, string> = {};
  for (const query of QUERIES) {
    const answer = await fetch(logs.url(runId, query));
    expect(answer.status).toBe(200);
    bodies[query] = Buffer.from(await answer.arrayBuffer()).toString('base64');
  }
  const whole = await logs.collect(runId);
  const streams: Record<string, StreamEvent[]> = { whole };
  for (const event of [whole[0], whole[600], ...whole.slice(-4)]) {
    const lastEventId = event?.id ?? '';
    streams[lastEventId] = await logs.collect(runId, { lastEventId });
  }
  streams['filtered'] = await logs.collect(runId, { query: '?level=error' });
  return { bodies, streams };
}

describe('the log of a run that ended a while ago', () => {
  test('an archived log is one file, and every format returns the same bytes as before', async () => {
    const [runId, succeeded, unstarted] = [
      await failedRun(),
      await api.runner.runTo('success'),
      await api.runner.create(),
    ];
    await api.db.pool.query(
      `UPDATE runs SET status = 'cancelled', finished_at = now() WHERE id = $1`,
      [unstarted],
    );
    const before = [
      await everything(api.url, runId),
      await everything(api.url, succeeded).catch(String),
    ];
    const rows = await readEvents(api.db, { runId, afterSeq: 0, limit: 10_000 });
    const log = logOf(rows);
    expect(await readRun(api.url, runId)).toMatchObject({ log });
    await letAge();
    await startRunner();
    const path = await isArchived(runId);
    await isArchived(succeeded);

    expect(path).toMatch(PATH);
    const file = gunzipSync(await readFile(join(home, 'warehouse', path))).toString();
    expect(file.trimEnd().split('\n')).toHaveLength(rows.length);
    const left = await readEvents(api.db, { runId, afterSeq: 0, limit: 10_000 });
    expect(left).toEqual(rows.filter((row) => row.kind === 'status'));
    const seen = await readRun(api.url, runId);
    expect(seen).toMatchObject({ status: 'failed', logs_s3_path: path, log });

    const { url } = await startReplica();
    const after = [await everything(url, runId), await everything(url, succeeded).catch(String)];
    expect(after).toEqual(before);
    expect(await readRun(url, runId)).toMatchObject({ log });
    // This run has only status rows, so there is no log to archive.
    expect(await readRun(url, unstarted)).toMatchObject({ logs_s3_path: null, log: null });
  }, 120_000);

  test('an archived log is a 503 while no runner is live, and readable again with a runner', async () => {
    const runId = await api.runner.runTo('success');
    const logs = new LogReader((await startReplica()).url);
    const whole = await logs.collect(runId);
    await letAge();
    await isArchived(runId);
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    for (const accept of ['application/json', 'text/event-stream', 'text/plain']) {
      const answer = await fetch(logs.url(runId), { headers: { accept } });
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } });
    }
    const done = await openEventStream(logs.url(runId), { lastEventId: whole.at(-1)?.id ?? '' });
    expect(done.status).toBe(204);
    await startRunner();
    expect(await logs.collect(runId)).toEqual(whole);
  }, 120_000);

  test('a log that is archived during a read ends the stream early, and the client resumes without a gap', async () => {
    const runId = await api.runner.start();
    for (let n = 0; n < 24; n += 1) {
      const lines = Array.from({ length: 100 }, (_, k) => `${n} ${k} ${'y'.repeat(10_000)}`);
      await api.runner.log(runId, lines);
    }
    await api.runner.succeed(runId);
    const logs = new LogReader((await startReplica()).url);
    const events: StreamEvent[] = [];
    for await (const event of await logs.connect(runId)) {
      events.push(event);
      if (events.length > 1) continue;
      await letAge();
      await isArchived(runId);
    }
    expect(events.at(-1)?.event).not.toBe('end');
    const rest = await logs.collect(runId, { lastEventId: events.at(-1)?.id ?? '' });
    const all = [...events, ...rest];
    const end = endEvent.parse(JSON.parse(all.at(-1)?.data ?? ''));
    expect(all.slice(0, -1).map(({ id }) => Number(id))).toEqual(
      Array.from({ length: end.last_seq }, (_, n) => n + 1),
    );
  }, 120_000);

  test('several live runners archive a log once and completely', async () => {
    const runIds: string[] = [];
    for (let n = 0; n < 30; n += 1) runIds.push(await api.runner.runTo('failed'));
    const { url } = await startReplica();
    const ask = (runId: string) => fetch(`${url}/api/v1/runs/${runId}/logs?format=ndjson`);
    const before: string[] = [];
    for (const runId of runIds) before.push(await (await ask(runId)).text());
    await startRunner();
    await letAge();
    for (const runId of runIds) await isArchived(runId);
    const after: string[] = [];
    for (const runId of runIds) after.push(await (await ask(runId)).text());
    expect(after).toEqual(before);
  }, 120_000);
});
