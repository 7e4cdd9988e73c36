import { afterEach, beforeEach } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecuteCommand } from '@rat/contracts';
import { createLogger } from '@rat/runtime';
import {
  createExecutorPool,
  type ExecutionHooks,
  type ExecutorPool,
  type ExecutorPoolOptions,
} from '../src/executor/executor-pool.ts';
import { executeCommand } from './execute-command.ts';

// The child is a process of its own and reads no TypeScript, so it runs from the build.
const childEntry = new URL('../dist/execution/child-main.js', import.meta.url);

/** Endless in time only: the smaller side of the join stays in memory, so it fills no disk. */
export const ENDLESS = 'select count(*) as n from range(3000000) a, range(3000000) b';

/** The signal of a run that nobody aborts. */
export const never = new AbortController().signal;

/** Pools of executors for the tests of one file. Each test has a folder of its own, and its pools close after it. */
export interface ExecutorPools {
  /** The folder of the present test. */
  root: () => string;
  open: (overrides?: Partial<ExecutorPoolOptions>) => ExecutorPool;
  command: (sql: string, overrides?: Partial<ExecuteCommand>) => ExecuteCommand;
  /** Executes a short run. */
  quick: (pool: ExecutorPool) => ReturnType<ExecutorPool['execute']>;
}

/** Call it once, at the top of a test file: it opens a folder before each test and closes everything after it. */
export function prepareExecutorPools(): ExecutorPools {
  let root = '';
  let pools: ExecutorPool[] = [];
  let runs = 0;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'rat-pool-'));
    pools = [];
  });
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
    await rm(root, { recursive: true, force: true });
  });
  const command: ExecutorPools['command'] = (sql, overrides = {}) => {
    runs += 1;
    return executeCommand(root, {
      attempt: runs,
      sql,
      stagingDir: join(root, `staging_${runs}`),
      tempDir: join(root, `temp_${runs}`),
      ...overrides,
    });
  };
  return {
    root: () => root,
    open: (overrides = {}) => {
      const log = createLogger('test', { level: 'silent' });
      const pool = createExecutorPool({
        size: 1,
        recycleAfterRuns: 100,
        log,
        childEntry,
        ...overrides,
      });
      pools.push(pool);
      return pool;
    },
    command,
    quick: (pool) => pool.execute(command('select 1 as a'), listen().hooks, never),
  };
}

/**
 * Hooks that do nothing, and a promise of the run's write phase, in which its query is about to
 * run.
 */
export function listen(overrides: Partial<ExecutionHooks> = {}): {
  hooks: ExecutionHooks;
  writing: Promise<void>;
} {
  let seen: () => void = () => undefined;
  const writing = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const hooks: ExecutionHooks = {
    onLog: () => undefined,
    onPhase: (mark) => mark.name === 'write' && seen(),
    onQuality: () => undefined,
    resolveInputs: () => Promise.reject(new Error('nothing was wanted')),
    onStaged: () => Promise.resolve({ type: 'audit' }),
    ...overrides,
  };
  return { hooks, writing };
}

/** The process of the first child. */
export async function pidOf(pool: ExecutorPool): Promise<number> {
  const [pid] = pool.pids();
  if (pid === undefined) throw new Error('no child');
  return pid;
}
