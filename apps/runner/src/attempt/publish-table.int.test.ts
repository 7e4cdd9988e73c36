import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { MergeStrategy } from '@rat/domain';
import { runBranch } from '@rat/domain';
import { readMainBranch, UNPARTITIONED, type DataFile, type Schema } from '@rat/iceberg';
import { dropTable, findRun, requestCancel, type ClaimedRun } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, SCHEMA, type TableFixture } from '../../test/table-fixture.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { pinnedMain } from '../table-commit/can-commit-onto.ts';
import { publishTable, type PublishRequest } from './publish-table.ts';
import { stageBranch, type StagedChange } from './stage-branch.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

async function stage(
  run: ClaimedRun,
  strategy: MergeStrategy,
  table: Pick<StagedChange, 'schema' | 'spec'> = { schema: SCHEMA, spec: UNPARTITIONED },
): Promise<Awaited<ReturnType<typeof stageBranch>>> {
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  return stageBranch(fixture.deps, run, {
    files: [],
    removed: strategy === 'full_refresh' ? 'all' : [],
    ...table,
    rows: 0,
    rowsDeleted: 0,
    strategy,
    pinned,
  });
}

async function staged(
  strategy: MergeStrategy,
): Promise<{ run: ClaimedRun; result: PublishRequest }> {
  const run = await fixture.claim(await fixture.newRun(), 1);
  const answer = await stage(run, strategy);
  if (answer === 'fenced' || 'code' in answer) throw new Error('nothing was staged');
  const table: StagedChange = answer;
  return { run, result: { ...table, inputSnapshots: {} } };
}

/** Creates the table with a first snapshot on main. */
async function publishFirst(): Promise<void> {
  const { run, result } = await staged('full_refresh');
  await publishTable(fixture.deps, run, result, []);
}

/** The number of times that main moved. */
async function snapshots(): Promise<number | undefined> {
  return (await findCurrentTable(fixture.deps, ORDERS))?.metadata['snapshot-log'].length;
}

test.each(['full_refresh', 'append_only'] as const)(
  'a %s run publishes on a main that another run has moved',
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
  'a %s run publishes nothing on a main that it was not compared with',
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

test('after a cancel request a run makes no branch visible, and publishes no existing branch', async () => {
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

/** A table of one column with id 1, partitioned by it. */
function partitionedBy(name: string, type: string, transform: string) {
  const schema: Schema = { ...SCHEMA, fields: [{ id: 1, name, required: false, type }] };
  const field = { 'source-id': 1, 'field-id': 1000, name: `${name}_part`, transform };
  return { schema, spec: { 'spec-id': 0, fields: [field] } };
}

test('a table that no run has published drops partition columns that a new result lacks', async () => {
  const specs = async (): Promise<string[]> => {
    const metadata = (await findCurrentTable(fixture.deps, ORDERS))?.metadata;
    return (metadata?.['partition-specs'] ?? []).flatMap(({ fields }) => fields.map((f) => f.name));
  };
  const claim = async (): Promise<ClaimedRun> => fixture.claim(await fixture.newRun(), 1);
  await stage(await claim(), 'full_refresh', partitionedBy('d', 'date', 'month'));
  await stage(await claim(), 'full_refresh', partitionedBy('d', 'date', 'day'));
  expect(await fixture.refs()).toHaveLength(2);
  expect(await specs()).toEqual(['d_part', 'd_part']);

  const run = await claim();
  const answer = await stage(run, 'full_refresh', partitionedBy('s', 'string', 'identity'));
  if (answer === 'fenced' || 'code' in answer) throw new Error('nothing was staged');
  expect(await specs()).toEqual(['s_part']);
  await publishTable(fixture.deps, run, { ...answer, inputSnapshots: {} }, []);
  expect(await fixture.refs()).toEqual(['main']);
});

test('files keep their partitions when another writer took the ids that they were written under', async () => {
  await publishFirst();
  const run = await fixture.claim(await fixture.newRun(), 1);
  const other = partitionedBy('n', 'int', 'truncate[10]');
  await stage(await fixture.claim(await fixture.newRun(), 1), 'full_refresh', other);
  const mine = partitionedBy('n', 'int', 'identity');
  const file: DataFile = {
    content: 'data',
    path: fixture.deps.tables.uri('default', 'silver', 'orders', 'data', 'part.parquet'),
    format: 'PARQUET',
    partition: { 1000: '7' },
    specId: 0,
    recordCount: 1,
    fileSize: 1,
  };
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  const written = { ...mine, files: [file], removed: [], rows: 1, rowsDeleted: 0, pinned };
  const staged = await stageBranch(fixture.deps, run, { ...written, strategy: 'append_only' });
  if (staged === 'fenced' || 'code' in staged) throw new Error('nothing was staged');
  await publishTable(fixture.deps, run, { ...staged, inputSnapshots: {} }, []);
  const current = await findCurrentTable(fixture.deps, ORDERS);
  if (current === undefined) throw new Error('there is no table');
  const main = await readMainBranch(fixture.deps.tables, current);
  expect(main?.files.map(({ specId, partition }) => ({ specId, partition }))).toEqual([
    { specId: 2, partition: { 1001: '7' } },
  ]);
  expect(current.metadata['default-spec-id']).toBe(2);
});

test('a run whose table was dropped under way publishes nothing and brings no table back', async () => {
  await publishFirst();
  const slow = await staged('full_refresh');
  await dropTable(fixture.deps.db, ORDERS, { force: true, keepMs: 60_000 });
  expect(await publishTable(fixture.deps, slow.run, slow.result, [])).toEqual({ kind: 'conflict' });
  expect(await stage(slow.run, 'full_refresh')).toBe('fenced');
  expect(await findCurrentTable(fixture.deps, ORDERS)).toBeUndefined();
});

test('a run whose table another engine dropped ends, instead of waiting for its lease', async () => {
  await publishFirst();
  const slow = await staged('append_only');
  await fixture.deps.db.pool.query('DELETE FROM lake.iceberg_tables');
  expect(await publishTable(fixture.deps, slow.run, slow.result, [])).toEqual({ kind: 'conflict' });
  const answer = await stageBranch(fixture.deps, slow.run, slow.result);
  expect(answer).toMatchObject({ code: 'commit_conflict' });
  expect(await findCurrentTable(fixture.deps, ORDERS)).toBeUndefined();
});
