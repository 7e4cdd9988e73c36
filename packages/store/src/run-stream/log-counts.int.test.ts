import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LOG_LEVELS, type LogLevel } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import { openDatabase, type Database } from '../db/database.ts';
import { claimRun } from '../runs/claim-run.ts';
import { createRun } from '../runs/create-run.ts';
import { getRunStory } from '../runs/find-run.ts';
import { settleAttempt } from '../runs/settle-attempt.ts';
import { appendEvents, type NewRunEvent } from './append-events.ts';
import { archiveStream } from './archive-stream.ts';
import { readEvents } from './read-events.ts';
import type { LogCounts } from './log-counts.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStoreFixture();
});
afterAll(() => store.close());

const FAILURE = { code: 'storage_unavailable', message: 'disk away' } as const;

async function newRun(): Promise<string> {
  return (await createRun(store.db, { pipeline: ORDERS, trigger: { kind: 'manual' } })).id;
}

async function claim(runId: string, attempt = 1): Promise<void> {
  const owner = { runnerId: 'counted', leaseMs: 60_000 };
  const claimed = await claimRun(store.db, { runId, attempt }, owner);
  if (claimed === undefined) throw new Error('the claim was lost');
}

interface Written {
  attempt?: number;
  alreadyAppended?: number;
}

/** Appends a line of each level, with a row of progress before it. */
async function write(
  runId: string,
  levels: readonly (LogLevel | undefined)[],
  { attempt = 1, alreadyAppended = 0 }: Written = {},
): Promise<void> {
  const at = new Date();
  const rows = levels.flatMap((level): NewRunEvent[] => [
    { kind: 'progress', at, phase: 'build', payload: { percent: 1 } },
    { kind: 'log', at, phase: 'build', level, message: 'a line' },
  ]);
  const answer = await appendEvents(store.db, { runId, attempt, alreadyAppended }, rows);
  expect(answer.kind).toBe('appended');
}

/** What the rows of the log themselves say. */
async function countRows(runId: string): Promise<Omit<LogCounts, 'lastSeq'>> {
  const rows = await readEvents(store.db, { runId, afterSeq: 0, limit: 10_000, kind: 'log' });
  const of = (level: LogLevel): number =>
    rows.filter((row) => (row.level ?? 'info') === level).length;
  return {
    byLevel: { debug: of('debug'), info: of('info'), warn: of('warn'), error: of('error') },
    firstErrorSeq: rows.find(({ level }) => level === 'error')?.seq,
  };
}

const countsOf = async (runId: string, known?: LogCounts): Promise<LogCounts | undefined> =>
  (await getRunStory(store.db, runId, known)).log;

async function archive(runId: string): Promise<void> {
  await store.db.pool.query(
    `UPDATE runs SET finished_at = now() - interval '2 hours' WHERE id = $1`,
    [runId],
  );
  const written: string[] = [];
  while (
    await archiveStream(store.db, 3_600_000, async (stream) => {
      for await (const page of stream.pages) written.push(`${stream.runId} ${page.length}`);
      return `_logs/2026-01-01/${stream.runId}.ndjson.gz`;
    })
  );
  expect(written.join()).toContain(runId);
}

test('the counts of a log are those of its rows: running, with several attempts, ended and archived', async () => {
  const runId = await newRun();
  expect(await countsOf(runId)).toEqual({ lastSeq: 1, ...(await countRows(runId)) });
  await claim(runId);
  await write(runId, [...LOG_LEVELS, 'warn', undefined]);
  const running = await countRows(runId);
  expect(running.byLevel).toEqual({ debug: 1, info: 2, warn: 2, error: 1 });
  expect(await countsOf(runId)).toMatchObject(running);

  await settleAttempt(
    store.db,
    { runId, attempt: 1 },
    { kind: 'retry', failure: FAILURE, delayMs: 0 },
    [],
  );
  await claim(runId, 2);
  await write(runId, ['error', 'info'], { attempt: 2 });
  await settleAttempt(store.db, { runId, attempt: 2 }, { kind: 'fail', failure: FAILURE }, []);
  const ended = await countRows(runId);
  expect(ended).toMatchObject({ byLevel: { error: 2 }, firstErrorSeq: running.firstErrorSeq });
  const { run, log } = await getRunStory(store.db, runId);
  expect(log).toEqual({ lastSeq: run.lastSeq, ...ended });

  await archive(runId);
  expect(await countRows(runId)).toMatchObject({ byLevel: { error: 0 } });
  expect(await countsOf(runId)).toEqual(log);
  expect(await countsOf(runId, log)).toEqual(log);
});

test('the counts go on from those of an earlier read, whose first error they keep', async () => {
  const runId = await newRun();
  await claim(runId);
  await write(runId, ['info', 'error']);
  const first = await countsOf(runId);
  await write(runId, ['error', 'warn'], { alreadyAppended: 4 });
  const second = await countsOf(runId, first);
  expect(second).toEqual(await countsOf(runId));
  expect(second).toMatchObject({ byLevel: { error: 2 }, firstErrorSeq: first?.firstErrorSeq });
  expect(await countsOf(runId, second)).toEqual(second);
});

test('a run that was archived without a line has counts of zero', async () => {
  const runId = await newRun();
  await claim(runId);
  await settleAttempt(store.db, { runId, attempt: 1 }, { kind: 'cancel' }, []);
  await store.db.pool.query(
    `UPDATE runs SET finished_at = now() - interval '2 hours' WHERE id = $1`,
    [runId],
  );
  while (await archiveStream(store.db, 3_600_000, () => Promise.reject(new Error('no row'))));
  const { byLevel, firstErrorSeq } = (await countsOf(runId)) ?? {};
  expect(byLevel).toEqual({ debug: 0, info: 0, warn: 0, error: 0 });
  expect(firstErrorSeq).toBeUndefined();
});

test('a log that an earlier release archived has no counts', async () => {
  const runId = await newRun();
  await claim(runId);
  await write(runId, ['error']);
  await settleAttempt(store.db, { runId, attempt: 1 }, { kind: 'cancel' }, []);
  await archive(runId);
  await store.db.pool.query('UPDATE runs SET log_counts = NULL WHERE id = $1', [runId]);
  expect(await countsOf(runId)).toBeUndefined();
});

test('the counts read only the rows of the log that an earlier read has not counted', async () => {
  const runId = await newRun();
  await claim(runId);
  await store.db.pool.query(
    `WITH moved AS (UPDATE runs SET last_seq = last_seq + 20000 WHERE id = $1 RETURNING last_seq)
     INSERT INTO run_events (run_id, seq, attempt, kind, at, level, message)
     SELECT $1, last_seq - 20000 + n, 1, 'log', now(), 'info', 'line ' || n
     FROM moved, generate_series(1, 20000) n`,
    [runId],
  );
  const log = createLogger('test', { level: 'silent' });
  // One connection, so that the plan is that of the statement which `getRunStory` has prepared.
  const db = openDatabase({ url: store.url, maxConnections: 1, applicationName: 'test', log });
  try {
    const known = (await getRunStory(db, runId)).log;
    expect(known?.byLevel.info).toBe(20_000);
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await db.pool.query(`SET plan_cache_mode = ${mode}`);
      expect(await countedRows(db, runId, (known?.lastSeq ?? 0) - 10)).toBe(10);
    }
  } finally {
    await db.close();
  }
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** How many rows of the stream the statement reads in order to count. */
async function countedRows(db: Database, runId: string, afterSeq: number): Promise<number> {
  const { rows } = await db.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE "find-run-story"('${runId}', ${afterSeq})`,
  );
  const below = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(below)];
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (plan === undefined) throw new Error('there is no plan');
  return below(plan)
    .filter((node) => node['Node Type'] === 'Aggregate')
    .flatMap(below)
    .filter((node) => node['Relation Name'] === 'run_events')
    .reduce((sum, node) => sum + node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0), 0);
}
