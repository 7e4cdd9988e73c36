import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { MergeStrategy } from '@rat/domain';
import { runBranch, type AttemptOutcome } from '@rat/domain';
import { UNPARTITIONED } from '@rat/iceberg';
import { migrateQueue, openRunQueue } from '@rat/queue';
import { findRunsToCleanUp, findRun, type ClaimedRun, type Database } from '@rat/store';
import { createTestDatabase, ORDERS } from '@rat/testing';
import { openTableFixture, SCHEMA, type TableFixture } from '../../test/table-fixture.ts';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { ActiveAttempts } from '../attempt-contract/active-attempts.ts';
import { pinnedMain } from '../table-commit/can-commit-onto.ts';
import type { RunResult } from './run-result.ts';
import { settleRun } from './settle-run.ts';
import { stageBranch, type StagedChange } from './stage-branch.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

function publishing(staged: StagedChange): RunResult {
  return { kind: 'publish', request: { ...staged, inputSnapshots: {} } };
}

type Ask = () => Promise<unknown>;

/** The database behind a proxy that intercepts each statement. */
function through(db: Database, happen: (name: string, ask: Ask) => Promise<unknown>): Database {
  const pool = new Proxy(db.pool, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (key !== 'query' || typeof value !== 'function') return value;
      return (...args: unknown[]): Promise<unknown> => {
        const [statement] = args as [{ name?: string }];
        return happen(statement.name ?? '', async () => value.apply(target, args) as unknown);
      };
    },
  });
  return { ...db, pool };
}

/** A database that loses the first answer to the settlement. */
function losingTheAnswer(db: Database): Database {
  let lost = false;
  return through(db, async (name, ask) => {
    const answer = await ask();
    if (lost || name !== 'settle-attempt') return answer;
    lost = true;
    throw Object.assign(new Error('the answer is lost'), { code: 'ECONNRESET' });
  });
}

/** A database that refuses one statement. */
function refusing(db: Database, refused: string): Database {
  return through(db, (name, ask) =>
    name === refused
      ? Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNRESET' }))
      : ask(),
  );
}

/** A run with a visible branch. */
async function stagedRun(
  strategy: MergeStrategy,
): Promise<{ run: ClaimedRun; staged: StagedChange }> {
  const run = await fixture.claim(await fixture.newRun(), 1);
  await fixture.deps.warehouse.stagingDir(ORDERS, run.id, run.attempt);
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  const nothing = { files: [], removed: [], rows: 0, rowsDeleted: 0 };
  const written = { ...nothing, schema: SCHEMA, spec: UNPARTITIONED };
  const staged = await stageBranch(fixture.deps, run, { ...written, strategy, pinned });
  if (staged === 'fenced' || 'code' in staged) throw new Error('nothing was staged');
  return { run, staged };
}

/** Settles as a runner does; queue and hints are stubs. */
async function settle(
  run: ClaimedRun,
  outcome: AttemptOutcome<RunResult>,
  over: { db?: Database; hints?: object; queue?: object } = {},
): Promise<void> {
  const held = new ActiveAttempts();
  const rest = {
    hints: { publish: async () => undefined },
    queue: { enqueueNext: async () => undefined },
  };
  const deps = { ...fixture.deps, held, ...rest, ...over } as unknown as AttemptDeps;
  const hold = held.hold({ runId: run.id, attempt: 1 }, performance.now());
  const end = { stoppedAt: performance.now(), phase: 'quality' } as const;
  await settleRun(deps, run, hold, {
    outcome,
    phases: [],
    quality: [],
    end,
    inputSnapshots: undefined,
    columns: undefined,
    executedSql: undefined,
    statements: [],
  });
}

const TESTS_FAILED = {
  kind: 'failure',
  failure: { code: 'quality_failed', message: 'a test failed', phase: 'quality' },
} as const;

/** Hints of a runner that dies right after its settlement is committed. */
const dead = { publish: () => Promise.reject(new Error('the runner is dead')) };

/** A run whose result was compared with an older main. */
async function overtakenRun(): Promise<{ run: ClaimedRun; result: AttemptOutcome<RunResult> }> {
  const { run, staged } = await stagedRun('incremental');
  const other = await stagedRun('append_only');
  await settle(other.run, {
    kind: 'success',
    publication: publishing(other.staged),
  });
  return { run, result: { kind: 'success', publication: publishing(staged) } };
}

test('a run in quarantine keeps its rows when the answer to its settlement is lost', async () => {
  const { run } = await stagedRun('append_only');
  await settle(run, TESTS_FAILED, { db: losingTheAnswer(fixture.deps.db) });
  expect(await findRun(fixture.deps.db, run.id)).toMatchObject({ status: 'failed' });
  expect(await fixture.refs()).toEqual([runBranch(run.id)]);
  expect(await fixture.staged()).toHaveLength(1);
  expect(await findRunsToCleanUp(fixture.deps.db, 10)).toEqual([]);
});

test('a run whose publish was refused leaves nothing, even if its runner dies right after the settlement', async () => {
  const first = await overtakenRun();
  await settle({ ...first.run, maxAttempts: 1 }, first.result);
  expect(await findRun(fixture.deps.db, first.run.id)).toMatchObject({
    status: 'failed',
    failure: { code: 'commit_conflict' },
  });
  expect(await fixture.refs()).toEqual(['main']);
  expect(await findRunsToCleanUp(fixture.deps.db, 10)).toEqual([]);

  const second = await overtakenRun();
  const died = settle({ ...second.run, maxAttempts: 1 }, second.result, { hints: dead });
  await expect(died).rejects.toThrow('the runner is dead');
  expect(await fixture.refs()).toContain(runBranch(second.run.id));
  expect(await findRunsToCleanUp(fixture.deps.db, 10)).toEqual([
    { runId: second.run.id, table: ORDERS },
  ]);
});

test('a failed run is marked for cleanup exactly when its branch could not be dropped', async () => {
  const failure = { code: 'sql_error', message: 'no', phase: 'quality' } as const;
  const clean = await stagedRun('append_only');
  await expect(settle(clean.run, { kind: 'failure', failure }, { hints: dead })).rejects.toThrow(
    'dead',
  );
  expect(await findRunsToCleanUp(fixture.deps.db, 10)).toEqual([]);

  const stuck = await stagedRun('append_only');
  const db = refusing(fixture.deps.db, 'find-tables');
  await expect(
    settle(stuck.run, { kind: 'failure', failure }, { hints: dead, db }),
  ).rejects.toThrow('dead');
  expect(await findRun(fixture.deps.db, stuck.run.id)).toMatchObject({ status: 'failed' });
  expect(await findRunsToCleanUp(fixture.deps.db, 10)).toEqual([
    { runId: stuck.run.id, table: ORDERS },
  ]);
});

test('a run whose publish lost to another writer is enqueued at once for its next attempt', async () => {
  const database = await createTestDatabase();
  const connection = { kind: 'postgres', url: database.url } as const;
  await migrateQueue(connection);
  const queue = openRunQueue({ connection, log: fixture.deps.log });
  try {
    const { run, result } = await overtakenRun();
    await settle({ ...run, maxAttempts: 2 }, result, { queue });
    const { status, nextAttemptAt } = (await findRun(fixture.deps.db, run.id)) ?? {};
    expect(status).toBe('pending');
    const [ticket, ...others] = await queue.bullQueue.getJobs(['delayed']);
    expect(others).toEqual([]);
    expect(ticket?.data).toMatchObject({ runId: run.id, attempt: 2 });
    expect(ticket?.opts.delay).toBeGreaterThanOrEqual(30_000);
    expect(nextAttemptAt).toBeDefined();
  } finally {
    await queue.close();
    await database.close();
  }
});

test('a first crash returns the run at once without spending an attempt, and a second one is the author’s failure', async () => {
  const crashed = {
    kind: 'failure',
    failure: { code: 'internal', message: 'it ended', phase: 'write', crash: 'SIGSEGV' },
  } as const;
  const id = await fixture.newRun();
  const first = await fixture.claim(id, 1);
  await settle({ ...first, maxAttempts: 1 }, crashed);
  const repeated = await findRun(fixture.deps.db, id);
  expect(repeated).toMatchObject({ status: 'pending', attempt: 1 });
  expect(repeated?.nextAttemptAt).toBeUndefined();

  const second = await fixture.claim(id, 2);
  expect(second.interruptions).toBe(1);
  await settle({ ...second, maxAttempts: 1 }, crashed);
  const ended = await findRun(fixture.deps.db, id);
  expect(ended).toMatchObject({ status: 'failed', failure: { code: 'sql_error', phase: 'write' } });
  expect(ended?.failure).not.toHaveProperty('crash');
});
