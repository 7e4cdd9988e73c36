import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runBranch } from '@rat/domain';
import { UNPARTITIONED } from '@rat/iceberg';
import { findRun, rescueExpiredLeases, settleAttempt, type ClaimedRun } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, SCHEMA, type TableFixture } from '../../test/table-fixture.ts';
import { findCurrentTable } from './current-table.ts';
import { discardAttempt, discardRun } from './discard-attempt.ts';
import { pinnedMain } from './can-commit-onto.ts';
import { stageBranch } from '../attempt/stage-branch.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

/** Makes a folder with staged files, and a branch that readers can see. */
async function stage(run: ClaimedRun): Promise<void> {
  await fixture.deps.warehouse.stagingDir(ORDERS, run.id, run.attempt);
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  const written = {
    files: [],
    removed: [],
    schema: SCHEMA,
    spec: UNPARTITIONED,
    rows: 0,
    rowsDeleted: 0,
  };
  await stageBranch(fixture.deps, run, { ...written, strategy: 'append_only', pinned });
  expect(await fixture.refs()).toContain(runBranch(run.id));
}

test('a runner that slept through its lease removes nothing of the later attempt', async () => {
  const id = await fixture.newRun();
  const sleeper = await fixture.claim(id, 1, 0);
  await fixture.deps.warehouse.stagingDir(ORDERS, id, 1);
  await rescueExpiredLeases(fixture.deps.db, 10);
  await stage(await fixture.claim(id, 2));

  await discardAttempt(fixture.deps, sleeper);

  expect(await fixture.refs()).toEqual([runBranch(id)]);
  expect(await fixture.staged()).toEqual([`${runBranch(id)}_2`]);
});

test('an attempt that is still owned removes its own branch and files, and those of earlier attempts', async () => {
  const id = await fixture.newRun();
  await stage(await fixture.claim(id, 1, 0));
  await rescueExpiredLeases(fixture.deps.db, 10);
  const second = await fixture.claim(id, 2);
  await fixture.deps.warehouse.stagingDir(ORDERS, id, 2);
  await discardAttempt(fixture.deps, second);
  expect(await fixture.refs()).toEqual([]);
  expect(await fixture.staged()).toEqual([]);
});

test('a run that has ended unpublished leaves nothing', async () => {
  const id = await fixture.newRun();
  await stage(await fixture.claim(id, 1));
  await settleAttempt(fixture.deps.db, { runId: id, attempt: 1 }, { kind: 'cancel' }, []);
  await discardRun(fixture.deps, ORDERS, id);
  expect((await findRun(fixture.deps.db, id))?.status).toBe('cancelled');
  expect(await fixture.refs()).toEqual([]);
  expect(await fixture.staged()).toEqual([]);
});
