import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { MergeStrategy } from '@rat/contracts';
import { runBranch, UNPARTITIONED } from '@rat/lakehouse';
import { findRun, requestCancel, type ClaimedRun } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, SCHEMA, type TableFixture } from '../test/table-fixture.ts';
import { findCurrentTable } from './current-table.ts';
import { pinnedMain } from './may-build-on.ts';
import { publishTable, type Publishable } from './publish-table.ts';
import { stageBranch, type StagedTable } from './stage-branch.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

async function stage(
  run: ClaimedRun,
  strategy: MergeStrategy,
): Promise<Awaited<ReturnType<typeof stageBranch>>> {
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  return stageBranch(fixture.deps, run, {
    files: [],
    removed: strategy === 'full_refresh' ? 'all' : [],
    schema: SCHEMA,
    spec: UNPARTITIONED,
    rows: 0,
    rowsDeleted: 0,
    strategy,
    pinned,
  });
}

async function staged(strategy: MergeStrategy): Promise<{ run: ClaimedRun; result: Publishable }> {
  const run = await fixture.claim(await fixture.newRun(), 1);
  const answer = await stage(run, strategy);
  if (answer === 'fenced' || 'code' in answer) throw new Error('nothing was staged');
  const table: StagedTable = answer;
  return { run, result: { ...table, inputSnapshots: {} } };
}

/** The table is there, and main has a snapshot. */
async function publishFirst(): Promise<void> {
  const { run, result } = await staged('full_refresh');
  await publishTable(fixture.deps, run, result, []);
}

/** How often main has moved. */
async function snapshots(): Promise<number | undefined> {
  return (await findCurrentTable(fixture.deps, ORDERS))?.metadata['snapshot-log'].length;
}

test.each(['full_refresh', 'append_only'] as const)(
  'a %s publishes on top of a main that another run moved meanwhile',
  async (strategy) => {
    await publishFirst();
    const slow = await staged(strategy);
    const fast = await staged('full_refresh');
    await publishTable(fixture.deps, fast.run, fast.result, []);
    const answer = await publishTable(fixture.deps, slow.run, slow.result, []);
    expect(answer).toMatchObject({ kind: 'settled', status: 'success' });
    expect(await fixture.refs()).toEqual(['main']);
    expect(await snapshots()).toBe(3);
  },
);

test.each(['incremental', 'delete_insert', 'scd2', 'snapshot'] as const)(
  'a run of %s publishes nothing on a main that it was not compared with',
  async (strategy) => {
    await publishFirst();
    const slow = await staged(strategy);
    const fast = await staged('full_refresh');
    await publishTable(fixture.deps, fast.run, fast.result, []);
    const answer = await publishTable(fixture.deps, slow.run, slow.result, []);
    expect(answer).toEqual({ kind: 'conflict' });
    expect((await findRun(fixture.deps.db, slow.run.id))?.status).toBe('running');
    expect(await snapshots()).toBe(2);
  },
);

test('a run that is to be cancelled makes no branch visible, and one that has a branch publishes nothing', async () => {
  const early = await fixture.claim(await fixture.newRun(), 1);
  await requestCancel(fixture.deps.db, early.id);
  expect(await stage(early, 'full_refresh')).toBe('fenced');
  expect(await fixture.refs()).toEqual([]);

  const late = await staged('full_refresh');
  await requestCancel(fixture.deps.db, late.run.id);
  const answer = await publishTable(fixture.deps, late.run, late.result, []);
  expect(answer).toMatchObject({ kind: 'settled', status: 'cancelled' });
  expect(await fixture.refs()).toEqual([runBranch(late.run.id)]);
});
