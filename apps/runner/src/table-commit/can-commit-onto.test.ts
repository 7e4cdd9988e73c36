import { expect, test } from '@jest/globals';
import { MERGE_STRATEGIES, type MergeStrategy } from '@rat/domain';
import { addSnapshot, newTableMetadata, type Schema, type TableState } from '@rat/iceberg';
import { canCommitOnto, pinnedMain } from './can-commit-onto.ts';

const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [{ id: 1, name: 'a', required: false, type: 'int' }],
};

/** A table whose main is this snapshot. */
function at(snapshotId: bigint, lastColumnId = 1): TableState {
  const base = newTableMetadata({ location: 'file:///t', uuid: 'u', schema, nowMs: 1 });
  const snapshot = {
    'snapshot-id': snapshotId,
    'sequence-number': 1,
    'timestamp-ms': 2,
    summary: { operation: 'append' },
    'manifest-list': 'file:///t/l.avro',
    'schema-id': 0,
  };
  const metadata = addSnapshot(base, { snapshot, branch: 'main', schema, nowMs: 2 });
  return {
    location: 'file:///t/m.json',
    metadata: { ...metadata, 'last-column-id': lastColumnId },
  };
}

const allowed = (now: TableState | undefined, pinned: TableState | undefined): MergeStrategy[] =>
  MERGE_STRATEGIES.filter((strategy) => canCommitOnto(now, pinnedMain(pinned), strategy));

test('every result fits the main that it was made for', () => {
  expect(allowed(at(5n), at(5n))).toEqual(MERGE_STRATEGIES);
  expect(allowed(undefined, undefined)).toEqual(MERGE_STRATEGIES);
});

test('on another main only results of strategies that compare nothing fit', () => {
  expect(allowed(at(6n), at(5n))).toEqual(['append_only', 'full_refresh']);
  expect(allowed(undefined, at(5n))).toEqual(['full_refresh']);
});

test('an append does not fit after another writer assigned column ids', () => {
  expect(allowed(at(6n, 2), at(5n, 1))).toEqual(['full_refresh']);
});
