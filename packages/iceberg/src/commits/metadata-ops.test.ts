import { describe, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError } from '@rat/domain';
import fc from 'fast-check';
import { StaleBranchError } from '../format/errors.ts';
import { expireSnapshots } from './expire-snapshots.ts';
import { addSnapshot, commitToMain, dropBranch, publishBranch } from './metadata-ops.ts';
import { newTableMetadata } from './new-table.ts';
import { sealCommit } from './seal-commit.ts';
import { newSnapshotId } from './snapshot-graph.ts';
import { parseTableMetadata, serializeTableMetadata } from '../format/table-metadata.ts';
import { assignSchemaId, assignSpecId } from '../schema/table-schemas.ts';
import type { Schema, Snapshot, TableMetadata } from '../format/types.ts';

const T0 = 1_700_000_000_000;
const DAY = 86_400_000;
const schema = (...names: string[]): Schema => ({
  type: 'struct',
  'schema-id': 0,
  fields: names.map((name, i) => ({ id: i + 1, name, required: false, type: 'int' })),
});
const empty = newTableMetadata({
  location: 'file:///t',
  uuid: 'u',
  schema: schema('a'),
  nowMs: T0,
});

function snapshot(
  meta: TableMetadata,
  id: bigint,
  parent?: bigint,
  change: Partial<Snapshot> = {},
): Snapshot {
  return {
    'snapshot-id': id,
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': meta['last-sequence-number'] + 1,
    'timestamp-ms': meta['last-updated-ms'] + 1,
    summary: { operation: 'append' },
    'manifest-list': `file:///t/metadata/snap-${id}.avro`,
    'schema-id': 0,
    ...change,
  };
}

function toMain(meta: TableMetadata, id: bigint, change: Partial<Snapshot> = {}): TableMetadata {
  const made = snapshot(meta, id, meta['current-snapshot-id'], change);
  return commitToMain(meta, { snapshot: made, nowMs: made['timestamp-ms'] });
}

function toBranch(meta: TableMetadata, branch: string, id: bigint, parent?: bigint): TableMetadata {
  const made = snapshot(meta, id, parent);
  return addSnapshot(meta, { snapshot: made, branch, nowMs: made['timestamp-ms'] });
}

describe('a branch', () => {
  test('a branch and its columns are invisible to readers of main until it is published', () => {
    const wider = assignSchemaId(empty, schema('a', 'b'));
    const spec = assignSpecId(empty, [{ 'source-id': 1, name: 'a', transform: 'identity' }]);
    expect([wider['schema-id'], spec['spec-id'], spec.fields[0]?.['field-id']]).toEqual([
      1, 1, 1000,
    ]);
    const made = snapshot(empty, 5n, undefined, { 'schema-id': 1 });
    const staged = addSnapshot(empty, {
      snapshot: made,
      branch: 'run_1',
      schema: wider,
      spec,
      maxRefAgeMs: DAY,
      nowMs: T0 + 1,
    });
    expect(staged).toMatchObject({
      'current-schema-id': 0,
      'default-spec-id': 0,
      'last-column-id': 2,
      'last-partition-id': 1000,
      'last-sequence-number': 1,
      'snapshot-log': [],
      refs: { run_1: { type: 'branch', 'snapshot-id': 5n, 'max-ref-age-ms': DAY } },
    });
    expect(staged['current-snapshot-id']).toBeUndefined();

    const published = publishBranch(staged, 'run_1', T0 + 9);
    expect(published).toMatchObject({
      'current-schema-id': 1,
      'default-spec-id': 1,
      'current-snapshot-id': 5n,
      'snapshot-log': [{ 'snapshot-id': 5n, 'timestamp-ms': T0 + 9 }],
    });
    expect(published.refs).toEqual({ main: { type: 'branch', 'snapshot-id': 5n } });
    expect(parseTableMetadata(serializeTableMetadata(published))).toEqual(published);
  });

  test('main keeps its own retention when a branch is published to it', () => {
    const one = toMain(empty, 1n);
    const main = { type: 'branch', 'snapshot-id': 1n, 'min-snapshots-to-keep': 7 } as const;
    const kept = toBranch({ ...one, refs: { main } }, 'run_1', 2n, 1n);
    expect(publishBranch(kept, 'run_1', T0).refs).toEqual({ main: { ...main, 'snapshot-id': 2n } });
  });

  test('a branch is stale once main has moved, so the first of two branches wins', () => {
    const one = toMain(empty, 1n);
    const both = toBranch(toBranch(one, 'run_2', 2n, 1n), 'run_3', 3n, 1n);
    const published = publishBranch(both, 'run_3', T0);
    expect(() => publishBranch(published, 'run_2', T0)).toThrow(StaleBranchError);
    expect(() => publishBranch(published, 'run_3', T0)).toThrow(NotFoundError);
    expect(() => publishBranch(published, 'main', T0)).toThrow(NotFoundError);
  });

  test('a branch is stale once another writer changed the columns, unless it changes none', () => {
    const one = toMain(empty, 1n);
    const wider = assignSchemaId(one, schema('a', 'b'));
    const made = snapshot(one, 2n, 1n, { 'schema-id': 1 });
    const staged = addSnapshot(one, { snapshot: made, branch: 'b', schema: wider, nowMs: T0 });
    const altered = {
      ...staged,
      schemas: [...staged.schemas, { ...schema('a', 'z'), 'schema-id': 2 }],
      'current-schema-id': 2,
    };
    expect(() => publishBranch(altered, 'b', T0)).toThrow(StaleBranchError);
    const plain = {
      ...toBranch(one, 'c', 3n, 1n),
      schemas: altered.schemas,
      'current-schema-id': 2,
    };
    expect(publishBranch(plain, 'c', T0)['current-schema-id']).toBe(2);
  });

  test('dropping a branch removes only its own snapshots', () => {
    const one = toMain(empty, 1n);
    const staged = toBranch(toBranch(toBranch(one, 'x', 2n, 1n), 'x', 3n, 2n), 'y', 4n, 1n);
    const forked = {
      ...staged,
      refs: { ...staged.refs, z: { type: 'tag', 'snapshot-id': 2n } as const },
    };
    const dropped = dropBranch(forked, 'x', T0);
    expect(dropped.removed.map((gone) => gone['snapshot-id'])).toEqual([3n]);
    expect(Object.keys(dropped.metadata.refs).sort()).toEqual(['main', 'y', 'z']);
    expect(dropped.metadata.snapshots.map((kept) => kept['snapshot-id'])).toEqual([1n, 2n, 4n]);
  });

  test('a branch grows only at its head, with a newer sequence number and a new id', () => {
    const staged = toBranch(toMain(empty, 1n), 'x', 2n, 1n);
    expect(() => toBranch(staged, 'x', 3n, 1n)).toThrow(ConflictError);
    expect(() => toBranch(staged, 'y', 2n, 1n)).toThrow(ConflictError);
    const stale = snapshot(staged, 3n, 2n, { 'sequence-number': 2 });
    expect(() => addSnapshot(staged, { snapshot: stale, branch: 'x', nowMs: T0 })).toThrow(
      ConflictError,
    );
  });
});

describe('a commit', () => {
  test('a commit logs the replaced metadata, keeps twenty and returns the files that left the log', () => {
    let metadata = empty;
    const dropped: string[] = [];
    for (let i = 1; i <= 25; i++) {
      const next = toMain(metadata, BigInt(i));
      const sealed = sealCommit({ next, previous: metadata, previousFile: `f${i}`, nowMs: 0 });
      expect(sealed.metadata['last-updated-ms']).toBeGreaterThan(metadata['last-updated-ms']);
      metadata = sealed.metadata;
      dropped.push(...sealed.dropped);
    }
    expect(metadata['metadata-log'].map((entry) => entry['metadata-file'])).toEqual(
      Array.from({ length: 20 }, (_, i) => `f${i + 6}`),
    );
    expect(dropped).toEqual(['f1', 'f2', 'f3', 'f4', 'f5']);
  });

  test('a new snapshot id is positive, has 63 bits and is unused in the table', () => {
    const draws = [Buffer.alloc(8, 0xff), Buffer.alloc(8), Buffer.from('0600000000000000', 'hex')];
    const random = () => draws.pop() ?? Buffer.alloc(8, 0xfe);
    const taken = toMain(empty, 3n);
    expect(newSnapshotId(taken, random)).toBe(2n ** 63n - 1n);
  });

  test('equal schemas and specs share an id, and a returning partition field keeps its old id', () => {
    expect(assignSchemaId(empty, { ...schema('a'), 'schema-id': 7 })['schema-id']).toBe(0);
    const day = { 'source-id': 1, name: 'a', transform: 'identity' };
    const spec = assignSpecId(empty, [day]);
    const known = {
      ...empty,
      'partition-specs': [...empty['partition-specs'], spec],
      'last-partition-id': 1000,
    };
    expect(assignSpecId(known, [day])).toEqual(spec);
    expect(assignSpecId(known, [])['spec-id']).toBe(0);
    const two = assignSpecId(known, [day, { 'source-id': 2, name: 'b', transform: 'day' }]);
    expect(two.fields.map((field) => field['field-id'])).toEqual([1000, 1001]);
  });
});

describe('expiry', () => {
  const line = [1n, 2n, 3n, 4n].reduce(
    (meta, id, i) => toMain(meta, id, { 'timestamp-ms': T0 + (i + 1) * DAY }),
    empty,
  );
  const now = T0 + 10 * DAY;
  const ids = (meta: TableMetadata) => meta.snapshots.map((kept) => kept['snapshot-id']);

  test('expiry keeps every head, young snapshots and requested ones', () => {
    const staged = {
      ...toBranch(line, 'b', 5n, 2n),
      refs: { ...line.refs, b: { type: 'branch', 'snapshot-id': 5n } as const },
    };
    const expiry = expireSnapshots(staged, { olderThanMs: now, keep: new Set([1n]), nowMs: now });
    expect(ids(expiry.metadata)).toEqual([1n, 4n, 5n]);
    expect(expiry.removed.map((gone) => gone['snapshot-id'])).toEqual([2n, 3n]);
    expect(expiry.metadata['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([4n]);
    expect(
      ids(
        expireSnapshots(line, { olderThanMs: T0 + 3 * DAY, keep: new Set(), nowMs: now }).metadata,
      ),
    ).toEqual([3n, 4n]);
  });

  test('expiry drops a branch beyond its age, with the snapshots that only it reaches', () => {
    const staged = addSnapshot(line, {
      snapshot: snapshot(line, 5n, 4n),
      branch: 'q',
      maxRefAgeMs: DAY,
      nowMs: T0,
    });
    const expiry = expireSnapshots(staged, { olderThanMs: now, keep: new Set(), nowMs: now });
    expect(expiry.removedRefs).toEqual(['q']);
    expect(ids(expiry.metadata)).toEqual([4n]);
  });

  test('expiry keeps a young snapshot without a ref', () => {
    const { refs, ...staged } = toBranch(line, 'b', 5n, 4n);
    const { b: _gone, ...others } = refs;
    const expiry = expireSnapshots(
      { ...staged, refs: others },
      { olderThanMs: T0 + 4 * DAY, keep: new Set(), nowMs: now },
    );
    expect(ids(expiry.metadata)).toEqual([4n, 5n]);
  });
});

test('after any sequence of commits the metadata can be written, read and published', () => {
  const step = fc.record({
    kind: fc.constantFrom('main', 'branch', 'publish', 'drop', 'expire'),
    branch: fc.constantFrom('x', 'y', 'z'),
    nowMs: fc.integer({ min: T0 - DAY, max: T0 + DAY }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      let meta = empty;
      let id = 2n ** 60n;
      for (const { kind, branch, nowMs } of steps) {
        const has = Object.hasOwn(meta.refs, branch);
        const previous = meta;
        if (kind === 'main') meta = toMain(meta, ++id);
        if (kind === 'branch') {
          meta = toBranch(
            meta,
            branch,
            ++id,
            meta.refs[branch]?.['snapshot-id'] ?? meta['current-snapshot-id'],
          );
        }
        if (kind === 'drop' && has) meta = dropBranch(meta, branch, nowMs).metadata;
        if (kind === 'expire') {
          meta = expireSnapshots(meta, { olderThanMs: nowMs, keep: new Set(), nowMs }).metadata;
        }
        if (kind === 'publish' && has) {
          try {
            meta = publishBranch(meta, branch, nowMs);
          } catch (error) {
            expect(error).toBeInstanceOf(StaleBranchError);
          }
        }
        expect(parseTableMetadata(serializeTableMetadata(meta))).toEqual(meta);
        if (meta !== previous) {
          expect(meta['last-updated-ms']).toBeGreaterThan(previous['last-updated-ms']);
        }
        const log = meta['snapshot-log'];
        expect(log.at(-1)?.['snapshot-id']).toBe(meta['current-snapshot-id']);
        expect(log).toEqual(log.toSorted((a, b) => a['timestamp-ms'] - b['timestamp-ms']));
        expect(log.at(-1)?.['timestamp-ms'] ?? 0).toBeLessThanOrEqual(meta['last-updated-ms']);
        const known = new Set(meta.snapshots.map((kept) => kept['snapshot-id']));
        for (const entry of log) expect(known.has(entry['snapshot-id'])).toBe(true);
      }
    }),
  );
});
