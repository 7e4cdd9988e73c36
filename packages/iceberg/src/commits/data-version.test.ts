import { expect, test } from '@jest/globals';
import type { Snapshot, SnapshotSummary, TableMetadata } from '../format/types.ts';
import { dataVersion } from './data-version.ts';

const APPEND: SnapshotSummary = {
  operation: 'append',
  'added-data-files': '1',
  'total-data-files': '1',
};
const REPLACE: SnapshotSummary = { ...APPEND, operation: 'replace' };
const NOTHING: SnapshotSummary = { operation: 'append', 'total-data-files': '1' };
const RESTORED: SnapshotSummary = {
  operation: 'overwrite',
  'total-data-files': '1',
  'source-snapshot-id': '1',
};
const EMPTIED: SnapshotSummary = { operation: 'delete', 'total-data-files': '0' };
const UNCOUNTED: SnapshotSummary = { operation: 'overwrite' };

/** A table whose snapshots 1, 2, … have these summaries, the last one on main. */
function tableOf(summaries: SnapshotSummary[], oldest = 1, main = summaries.length): TableMetadata {
  const snapshots = summaries.map((summary, index): Snapshot => ({
    'snapshot-id': BigInt(index + 1),
    ...(index === 0 ? {} : { 'parent-snapshot-id': BigInt(index) }),
    'sequence-number': index + 1,
    'timestamp-ms': 0,
    summary,
    'manifest-list': 'x',
  }));
  return {
    snapshots: snapshots.slice(oldest - 1),
    refs: { main: { 'snapshot-id': BigInt(main), type: 'branch' } },
  } as unknown as TableMetadata;
}

test.each([
  ['a commit of files', [APPEND, APPEND], 2n],
  ['a compaction', [APPEND, REPLACE, REPLACE], 1n],
  ['a commit of no files', [APPEND, NOTHING], 1n],
  ['a commit whose writer counts nothing', [APPEND, UNCOUNTED], 2n],
  ['a revert to an earlier state', [APPEND, APPEND, RESTORED], 3n],
  ['a revert of the first commit', [APPEND, EMPTIED], 2n],
  ['a first commit of no files', [NOTHING], 1n],
])('after %s the data version is as it should be', (_name, summaries, version) => {
  expect(dataVersion(tableOf(summaries))).toBe(version);
});

test('a table that went back to an older snapshot has the version of that one', () => {
  expect(dataVersion(tableOf([APPEND, APPEND, APPEND], 1, 2))).toBe(2n);
});

test('behind expired snapshots the oldest kept one is the version', () => {
  expect(dataVersion(tableOf([APPEND, REPLACE, REPLACE], 3))).toBe(3n);
});

test('a table without data has no version', () => {
  const empty = { snapshots: [], refs: {} } as unknown as TableMetadata;
  expect(dataVersion(empty)).toBeUndefined();
});
