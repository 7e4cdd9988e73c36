import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  LocalTableFiles,
  LocalWarehouse,
  runBranch,
  stageChange,
  type Schema,
} from '@rat/lakehouse';
import {
  claimRun,
  commitBranch,
  createRun,
  findRun,
  rescueExpiredLeases,
  settleAttempt,
  type ClaimedRun,
} from '@rat/store';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { findCurrentTable } from './current-table.ts';
import { discardAttempt, discardRun } from './discard-attempt.ts';

const SCHEMA: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [{ id: 1, name: 'n', required: false, type: 'int' }],
};

let fixture: StoreFixture;
let root: string;
let deps: Parameters<typeof discardAttempt>[0];
beforeEach(async () => {
  fixture = await openStoreFixture();
  root = await mkdtemp(join(tmpdir(), 'rat-discard-'));
  deps = {
    db: fixture.db,
    tables: new LocalTableFiles(root),
    warehouse: new LocalWarehouse({ root, landingRoot: join(root, 'landing') }),
  };
});
afterEach(async () => {
  await fixture.close();
  await rm(root, { recursive: true, force: true });
});

async function claim(runId: string, attempt: number, leaseMs: number): Promise<ClaimedRun> {
  const owner = { runnerId: `runner-${attempt}`, leaseMs };
  const run = await claimRun(fixture.db, { runId, attempt }, owner);
  if (run === undefined) throw new Error('the claim was lost');
  return run;
}

/** A folder with staged files, and a branch of the table that readers can see. */
async function stage(run: ClaimedRun): Promise<void> {
  await deps.warehouse.stagingDir(ORDERS, run.id, run.attempt);
  const current = await findCurrentTable(deps, ORDERS);
  const next = await stageChange(deps.tables, {
    tableUri: deps.tables.uri('default', 'silver', 'orders'),
    current,
    runId: run.id,
    added: [],
    removed: 'all',
    schema: SCHEMA,
    maxBranchAgeMs: 1_000,
    nowMs: Date.now(),
  });
  const held = { runId: run.id, attempt: run.attempt };
  const move = { table: ORDERS, expected: current?.location, next: next.location };
  expect(await commitBranch(fixture.db, held, move)).toBe('committed');
}

async function branches(): Promise<string[]> {
  return Object.keys((await findCurrentTable(deps, ORDERS))?.metadata.refs ?? {});
}

async function staged(): Promise<string[]> {
  return (await readdir(join(root, 'default/silver/orders/data'))).toSorted();
}

test('a runner that slept through its lease takes nothing of the attempt that came after', async () => {
  const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: 'manual' });
  const sleeper = await claim(id, 1, 0);
  await deps.warehouse.stagingDir(ORDERS, id, 1);
  await rescueExpiredLeases(fixture.db, 10);
  await stage(await claim(id, 2, 60_000));

  await discardAttempt(deps, sleeper);

  expect(await branches()).toEqual([runBranch(id)]);
  expect(await staged()).toEqual([`${runBranch(id)}_2`]);
});

test('an attempt that is still owned takes its own branch and files, and those before it', async () => {
  const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: 'manual' });
  await stage(await claim(id, 1, 0));
  await rescueExpiredLeases(fixture.db, 10);
  const second = await claim(id, 2, 60_000);
  await deps.warehouse.stagingDir(ORDERS, id, 2);
  await discardAttempt(deps, second);
  expect(await branches()).toEqual([]);
  expect(await staged()).toEqual([]);
});

test('a run that has ended unpublished leaves nothing', async () => {
  const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: 'manual' });
  const run = await claim(id, 1, 60_000);
  await stage(run);
  await settleAttempt(fixture.db, { runId: id, attempt: 1 }, { kind: 'cancel' }, []);
  await discardRun(deps, ORDERS, id);
  expect((await findRun(fixture.db, id))?.status).toBe('cancelled');
  expect(await branches()).toEqual([]);
  expect(await staged()).toEqual([]);
});
