import { describe, expect, test } from '@jest/globals';
import { ConflictError, runBranch } from '@rat/domain';
import { StaleBranchError } from '../format/errors.ts';
import type { Snapshot, TableMetadata } from '../format/types.ts';
import { addSnapshot, commitToMain } from './metadata-ops.ts';
import { newTableMetadata } from './new-table.ts';
import { planPublish } from './publish-rebased-over-compaction.ts';
import { planRevert } from './revert-snapshot.ts';

const T0 = 1_700_000_000_000;
const RUN = '0198c0de-0000-7000-8000-000000000001';
const EMPTY = newTableMetadata({
  location: 'file:///t',
  uuid: 'u',
  schema: { type: 'struct', 'schema-id': 0, fields: [] },
  nowMs: T0,
});

function snapshot(
  meta: TableMetadata,
  id: bigint,
  parent: bigint | undefined,
  operation: string,
): Snapshot {
  return {
    'snapshot-id': id,
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': meta['last-sequence-number'] + 1,
    'timestamp-ms': meta['last-updated-ms'] + 1,
    summary: { operation },
    'manifest-list': `file:///t/metadata/snap-${id}.avro`,
    'schema-id': 0,
  };
}

function toMain(meta: TableMetadata, id: bigint, operation = 'append'): TableMetadata {
  const made = snapshot(meta, id, meta['current-snapshot-id'], operation);
  return commitToMain(meta, { snapshot: made, nowMs: made['timestamp-ms'] });
}

function toBranch(meta: TableMetadata, id: bigint): TableMetadata {
  const made = snapshot(meta, id, meta['current-snapshot-id'], 'append');
  return addSnapshot(meta, { snapshot: made, branch: runBranch(RUN), nowMs: made['timestamp-ms'] });
}

const publish = (meta: TableMetadata) => planPublish(meta, { runId: RUN, nowMs: T0 + 100 });

describe('the plan of a publish', () => {
  test('main would get the content of the branch, also of a table that was never published', () => {
    expect(publish(toBranch(toMain(EMPTY, 1n), 2n))).toMatchObject({ 'snapshot-id': 2n });
    expect(publish(toBranch(EMPTY, 2n))).toMatchObject({ 'snapshot-id': 2n });
  });

  test('compaction of main is not in the way, because it changes no row', () => {
    const compacted = toMain(toBranch(toMain(EMPTY, 1n), 2n), 3n, 'replace');
    expect(publish(compacted)).toMatchObject({ 'snapshot-id': 2n });
  });

  test('another publication is in the way, also one that was compacted since', () => {
    const overtaken = toMain(toBranch(toMain(EMPTY, 1n), 2n), 3n);
    expect(() => publish(overtaken)).toThrow(StaleBranchError);
    expect(() => publish(toMain(overtaken, 4n, 'replace'))).toThrow(StaleBranchError);
  });

  test('there is no plan without the branch', () => {
    expect(publish(toMain(EMPTY, 1n))).toBeUndefined();
  });
});

describe('the plan of a revert', () => {
  test('the table would be what it was before the publication', () => {
    const { head, before } = planRevert(toMain(toMain(EMPTY, 1n), 2n), 2n);
    expect(head['snapshot-id']).toBe(2n);
    expect(before?.['snapshot-id']).toBe(1n);
  });

  test('a first publication leaves an empty table', () => {
    expect(planRevert(toMain(EMPTY, 1n), 1n).before).toBeUndefined();
  });

  test('compaction after the publication is not in the way, and another publication is', () => {
    const compacted = toMain(toMain(toMain(EMPTY, 1n), 2n), 3n, 'replace');
    expect(planRevert(compacted, 2n).before?.['snapshot-id']).toBe(1n);
    expect(() => planRevert(toMain(compacted, 4n), 2n)).toThrow(ConflictError);
    expect(() => planRevert(compacted, 9n)).toThrow('no longer part of the table');
  });
});
