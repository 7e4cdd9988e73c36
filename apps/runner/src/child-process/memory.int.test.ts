import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, TimedOutError } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import { readMemoryUse } from './memory-use.ts';
import type { ExecutorFlow } from '../executor/executor-run.ts';
import {
  createExecutorPool,
  type ExecutionHooks,
  type ExecutorPool,
} from '../executor/executor-pool.ts';
import { QueryRunner } from '../query/query-runner.ts';
import { executeCommand } from '../../test/execute-command.ts';
import { AT_ONCE, BIT_BY_BIT } from '../../test/hungry-statements.ts';

const MB = 1024 * 1024;
const LIMIT_MB = 512;
/** The memory that a process may hold, and for how long it may exceed it. */
const MOST_BYTES = 1.5 * LIMIT_MB * MB;
const MOST_MS = 300;
const SAMPLE_EVERY_MS = 25;

/** Large enough to be refused as one allocation on a busy machine. */
const AT_ONCE_MS = 30_000;
/** Long enough to fill some gigabytes if no limit stopped it. */
const BIT_BY_BIT_MS = 1_500;

const log = createLogger('test', { level: 'silent' });
const never = new AbortController().signal;

let root: string;
let queries: QueryRunner;
let pool: ExecutorPool;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-memory-'));
  // Children are processes of their own and read no TypeScript, so they run from the build.
  const entry = (path: string): URL => new URL(`../../dist/${path}`, import.meta.url);
  queries = new QueryRunner({
    concurrency: 1,
    timeoutMs: 240_000,
    tempDir: root,
    memoryLimitMb: LIMIT_MB,
    tempLimitMb: 1_024,
    threads: 1,
    log,
    childEntry: entry('query/query-child-main.js'),
  });
  pool = createExecutorPool({
    size: 2,
    recycleAfterRuns: 100,
    log,
    childEntry: entry('execution/child-main.js'),
  });
});
afterAll(async () => {
  queries.close();
  await pool.close();
  await rm(root, { recursive: true, force: true });
});

/**
 * How a statement ended: out of memory, timed out, successful, or refused by a rule. Any other end
 * is a defect.
 */
type End = 'out_of_memory' | 'timed_out' | 'success' | 'refused' | `defect: ${string}`;

async function endOfQuery(sql: string, timeoutMs: number): Promise<End> {
  const signal = AbortSignal.timeout(timeoutMs);
  const tables = { type: 'tables' as const, tables: [] };
  try {
    const query = { sql, namespace: 'default', maxRows: 1_000 };
    const asker = { client: 'test', signal };
    const { rows } = await queries.run(query, () => Promise.resolve(tables), asker);
    await rows.close();
    return 'success';
  } catch (error) {
    if (signal.aborted || error instanceof TimedOutError) return 'timed_out';
    if (!(error instanceof InputError)) return `defect: ${String(error)}`;
    if (error.message.includes('brought its process down')) return `defect: ${error.message}`;
    return error.message.includes('more memory') ? 'out_of_memory' : 'refused';
  }
}

const hooks: ExecutionHooks = {
  onLog: () => undefined,
  onPhase: () => undefined,
  onQuality: () => undefined,
  resolveInputs: () => Promise.reject(new Error('nothing was wanted')),
  onStaged: () => Promise.resolve({ type: 'audit' }),
};

let runs = 0;
function commandOf(sql: string, namespace: string) {
  runs += 1;
  return executeCommand(root, {
    attempt: runs,
    sql,
    pipeline: { namespace, layer: 'silver', name: 'orders' },
    stagingDir: join(root, `staging_${runs}`),
    tempDir: join(root, `temp_${runs}`),
    memoryLimitMb: LIMIT_MB,
    tempLimitMb: 1_024,
  });
}

async function endOfRun(sql: string, timeoutMs: number): Promise<End> {
  const command = commandOf(sql, 'hungry');
  const outcome = await pool.execute(command, hooks, AbortSignal.timeout(timeoutMs));
  await rm(command.stagingDir, { recursive: true, force: true });
  switch (outcome.kind) {
    case 'interrupted':
      return 'timed_out';
    case 'finished':
    case 'audited':
    case 'skipped':
      return 'success';
    case 'failed': {
      const { code, message } = outcome.failure;
      if (code === 'out_of_memory') return 'out_of_memory';
      if (code === 'disk_full' || code === 'sql_error' || code === 'config_error') return 'refused';
      return `defect: ${code} ${message}`;
    }
  }
}

/**
 * Samples every child all the time. Returns the most memory of one child, and its longest time
 * beyond the limit.
 */
function startSampler(): { stop: () => { peakMb: number; longestMs: number } } {
  const since = new Map<number, number>();
  let peak = 0;
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    for (const pid of [...queries.pids(), ...pool.pids()]) {
      const resident = readMemoryUse([pid])?.resident ?? 0;
      peak = Math.max(peak, resident);
      if (resident <= MOST_BYTES) since.delete(pid);
      else {
        const began = since.get(pid) ?? now;
        since.set(pid, began);
        longest = Math.max(longest, now - began);
      }
    }
  }, SAMPLE_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return { peakMb: Math.round(peak / MB), longestMs: Math.round(longest) };
    },
  };
}

async function endsOf(endOf: (sql: string, timeoutMs: number) => Promise<End>) {
  const ends = new Map<string, End>();
  for (const sql of AT_ONCE) ends.set(sql, await endOf(sql, AT_ONCE_MS));
  for (const sql of BIT_BY_BIT) ends.set(sql, await endOf(sql, BIT_BY_BIT_MS));
  return ends;
}

test('no statement, in a query or in a pipeline, holds more than 1.5 times its limit for longer than 300 ms', async () => {
  expect(AT_ONCE.length + BIT_BY_BIT.length).toBeGreaterThanOrEqual(50);
  // A run in its own process beside all others, held until they have ended.
  let neighbourFlow: ExecutorFlow | undefined;
  const onFlow = (flow: ExecutorFlow): void => {
    flow.pause();
    neighbourFlow = flow;
  };
  const neighbour = pool.execute(commandOf('SELECT 1 AS a', 'calm'), { ...hooks, onFlow }, never);

  const sampler = startSampler();
  const [queryEnds, runEnds] = await Promise.all([endsOf(endOfQuery), endsOf(endOfRun)]);
  const { longestMs, peakMb } = sampler.stop();

  expect(longestMs).toBeLessThanOrEqual(MOST_MS);
  // A low peak would mean that the statements did not really run.
  expect(peakMb).toBeGreaterThan(LIMIT_MB / 2);
  for (const ends of [queryEnds, runEnds]) {
    expect([...ends].filter(([, end]) => end.startsWith('defect'))).toEqual([]);
    const notRefused = AT_ONCE.filter((sql) => ends.get(sql) !== 'out_of_memory');
    expect(notRefused).toEqual([]);
  }
  neighbourFlow?.resume();
  expect(await neighbour).toMatchObject({ kind: 'finished', rows: 1 });
  expect(await endOfQuery('SELECT 1', AT_ONCE_MS)).toBe('success');
}, 600_000);

/** Statements on data far larger than the limit, which DuckDB splits and spills. */
const SPILLING = [
  'SELECT md5(range::VARCHAR) AS k, range AS v FROM range(6000000) ORDER BY k',
  'SELECT md5(range::VARCHAR) AS k, count(*) AS n FROM range(6000000) GROUP BY k',
  'SELECT a.range AS a FROM range(8000000) a JOIN range(8000000) b ON a.range = b.range',
  // Once more: what the first join left mapped must not count against this one.
  'SELECT a.range AS b FROM range(8000000) a JOIN range(8000000) b ON a.range = b.range',
  'SELECT range AS i, md5(range::VARCHAR) AS a, md5((range + 1)::VARCHAR) AS b FROM range(4000000)',
];

test.each(SPILLING)(
  'a statement that spills is not stopped: %s',
  async (sql) => {
    const sampler = startSampler();
    expect(await endOfRun(sql, 240_000)).toBe('success');
    expect(sampler.stop().longestMs).toBe(0);
  },
  300_000,
);
