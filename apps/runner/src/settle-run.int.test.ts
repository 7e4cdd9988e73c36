import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runBranch } from '@rat/domain';
import { UNPARTITIONED } from '@rat/lakehouse';
import { findRun, type Database } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, SCHEMA, type TableFixture } from '../test/table-fixture.ts';
import type { AttemptDeps } from './attempt-deps.ts';
import { findCurrentTable } from './current-table.ts';
import { HeldRuns } from './held-runs.ts';
import { pinnedMain } from './may-build-on.ts';
import { settleRun } from './settle-run.ts';
import { stageBranch } from './stage-branch.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

/** The database, of which the first answer to the settlement is lost on its way. */
function losingTheAnswer(db: Database): Database {
  let lost = false;
  const pool = new Proxy(db.pool, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (key !== 'query' || typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const answer: unknown = await value.apply(target, args);
        const [statement] = args as [{ name?: string }];
        if (lost || statement.name !== 'settle-leave') return answer;
        lost = true;
        throw Object.assign(new Error('the answer is lost'), { code: 'ECONNRESET' });
      };
    },
  });
  return { ...db, pool };
}

test('a run in quarantine keeps its rows when the answer to its settlement is lost', async () => {
  const run = await fixture.claim(await fixture.newRun(), 1);
  await fixture.deps.warehouse.stagingDir(ORDERS, run.id, run.attempt);
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  const nothing = { files: [], removed: [], rows: 0, rowsDeleted: 0 };
  const written = { ...nothing, schema: SCHEMA, spec: UNPARTITIONED };
  await stageBranch(fixture.deps, run, { ...written, strategy: 'append_only', pinned });

  const held = new HeldRuns();
  // Of the rest of a runner nothing is asked but to pass on what happened.
  const deps = {
    ...fixture.deps,
    db: losingTheAnswer(fixture.deps.db),
    held,
    hints: { publish: async () => undefined },
    queue: { ringNext: async () => undefined },
  } as unknown as AttemptDeps;
  const hold = held.hold({ runId: run.id, attempt: 1 }, performance.now());
  await settleRun(deps, run, hold, {
    outcome: {
      kind: 'failure',
      failure: { code: 'quality_failed', message: 'a test failed', phase: 'quality' },
    },
    phases: [],
    quality: [],
    end: { stoppedAt: performance.now(), phase: 'quality' },
    inputSnapshots: undefined,
  });
  expect(await findRun(fixture.deps.db, run.id)).toMatchObject({ status: 'failed' });
  expect(await fixture.refs()).toEqual([runBranch(run.id)]);
  expect(await fixture.staged()).toHaveLength(1);
});
