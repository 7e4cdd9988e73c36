import { ConflictError, NotFoundError } from '@rat/domain';
import { StaleBranchError } from '../format/errors.ts';
import { tick } from './seal-commit.ts';
import { ancestors, findRefSnapshot, isAncestor } from './snapshot-graph.ts';
import { registerSchemas } from '../schema/table-schemas.ts';
import {
  MAIN_BRANCH,
  type PartitionSpec,
  type Schema,
  type Snapshot,
  type SnapshotLogEntry,
  type SnapshotRef,
  type TableMetadata,
} from '../format/types.ts';

/**
 * The changes of a table, as pure functions from one metadata to the next. None modifies its
 * argument. A commit may apply several; `sealCommit` completes it.
 */

/** The platform's summary keys: the schema and spec that were current when the branch began. */
const BASE_SCHEMA = 'rat.base-schema-id';
const BASE_SPEC = 'rat.base-spec-id';
const SPEC = 'rat.spec-id';

export interface AddSnapshotOptions {
  snapshot: Snapshot;
  branch: string;
  /**
   * Registered when the table lacks it; its ids are those of `assignSchemaId` and `assignSpecId`.
   */
  schema?: Schema;
  spec?: PartitionSpec;
  /** How long other engines keep the branch before their maintenance drops it. */
  maxRefAgeMs?: number;
  nowMs: number;
}

/**
 * Adds a snapshot as the head of a branch, and creates the branch if needed. Main's readers see no
 * change: a schema applies to the whole table, so the branch's schema and spec become current only
 * when the branch is published. Throws ConflictError when the snapshot does not follow the branch's
 * head.
 */
export function addSnapshot(metadata: TableMetadata, options: AddSnapshotOptions): TableMetadata {
  const { snapshot, branch } = options;
  const head = findRefSnapshot(metadata, branch);
  if (head !== undefined && snapshot['parent-snapshot-id'] !== head['snapshot-id']) {
    throw new ConflictError('the branch has moved on');
  }
  if (metadata.snapshots.some((other) => other['snapshot-id'] === snapshot['snapshot-id'])) {
    throw new ConflictError('the table has a snapshot of this id');
  }
  if (snapshot['sequence-number'] <= metadata['last-sequence-number']) {
    throw new ConflictError('the snapshot was made from an older state of the table');
  }
  const onMain = branch === MAIN_BRANCH;
  const based: Snapshot = {
    ...snapshot,
    summary: onMain
      ? snapshot.summary
      : { ...snapshot.summary, ...branchBase(metadata, head, options.spec) },
  };
  const known = Object.hasOwn(metadata.refs, branch) ? metadata.refs[branch] : undefined;
  const ref: SnapshotRef = {
    ...(known ?? { type: 'branch' }),
    'snapshot-id': snapshot['snapshot-id'],
    ...(options.maxRefAgeMs === undefined ? {} : { 'max-ref-age-ms': options.maxRefAgeMs }),
  };
  return {
    ...registerSchemas(metadata, options),
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': Math.max(tick(metadata, options.nowMs), snapshot['timestamp-ms']),
    snapshots: [...metadata.snapshots, based],
    refs: { ...metadata.refs, [branch]: ref },
  };
}

/** Adds a snapshot as the head of main, for work that needs no audit. */
export function commitToMain(
  metadata: TableMetadata,
  options: Omit<AddSnapshotOptions, 'branch' | 'maxRefAgeMs'>,
): TableMetadata {
  const { snapshot } = options;
  const added = addSnapshot(metadata, { ...options, branch: MAIN_BRANCH });
  return {
    ...added,
    'current-schema-id': snapshot['schema-id'] ?? added['current-schema-id'],
    'default-spec-id': options.spec?.['spec-id'] ?? added['default-spec-id'],
    'current-snapshot-id': snapshot['snapshot-id'],
    'snapshot-log': logMain(metadata, snapshot['snapshot-id'], snapshot['timestamp-ms']),
  };
}

/**
 * Moves main to a branch's head and removes the branch: the only step that makes its rows, schema
 * and spec public. Throws StaleBranchError when main, or the current schema or spec, changed since
 * the branch began, and NotFoundError when there is no such branch.
 */
export function publishBranch(
  metadata: TableMetadata,
  branch: string,
  nowMs: number,
): TableMetadata {
  const head = branchHead(metadata, branch);
  const id = head['snapshot-id'];
  const main = metadata.refs[MAIN_BRANCH];
  if (main !== undefined && !isAncestor(metadata, main['snapshot-id'], id)) {
    throw new StaleBranchError('the table has changed since the branch began');
  }
  const time = tick(metadata, nowMs);
  const { [branch]: _published, ...refs } = metadata.refs;
  return {
    ...metadata,
    'last-updated-ms': time,
    'current-schema-id': switched(metadata, 'current-schema-id', {
      next: head['schema-id'],
      base: head.summary[BASE_SCHEMA],
    }),
    'default-spec-id': switched(metadata, 'default-spec-id', {
      next: head.summary[SPEC],
      base: head.summary[BASE_SPEC],
    }),
    'current-snapshot-id': id,
    'snapshot-log':
      main?.['snapshot-id'] === id ? metadata['snapshot-log'] : logMain(metadata, id, time),
    // Main keeps its own retention settings.
    refs: { ...refs, [MAIN_BRANCH]: { ...(main ?? { type: 'branch' }), 'snapshot-id': id } },
  };
}

/**
 * Removes a branch and the snapshots that no other ref reaches. Their files may be deleted once the
 * result is committed. Throws NotFoundError when there is no such branch.
 */
export function dropBranch(
  metadata: TableMetadata,
  branch: string,
  nowMs: number,
): { metadata: TableMetadata; removed: Snapshot[] } {
  const head = branchHead(metadata, branch);
  const { [branch]: _dropped, ...refs } = metadata.refs;
  // Snapshots in main's history stay, even after a rollback of main: time travel reads them.
  const kept = new Set(metadata['snapshot-log'].map((entry) => entry['snapshot-id']));
  for (const ref of Object.values(refs)) {
    for (const snapshot of ancestors(metadata, ref['snapshot-id']))
      kept.add(snapshot['snapshot-id']);
  }
  const removed = [...ancestors(metadata, head['snapshot-id'])].filter(
    (snapshot) => !kept.has(snapshot['snapshot-id']),
  );
  return {
    metadata: {
      ...withoutSnapshots(metadata, removed),
      refs,
      'last-updated-ms': tick(metadata, nowMs),
    },
    removed,
  };
}

/** Removes snapshots and their statistics from the table; the caller adjusts refs and the log. */
export function withoutSnapshots(
  metadata: TableMetadata,
  removed: readonly Snapshot[],
): TableMetadata {
  const gone = new Set(removed.map((snapshot) => snapshot['snapshot-id']));
  const stays = (entry: { 'snapshot-id': bigint }): boolean => !gone.has(entry['snapshot-id']);
  const { statistics, 'partition-statistics': partitionStatistics } = metadata;
  return {
    ...metadata,
    snapshots: metadata.snapshots.filter(stays),
    ...(statistics && { statistics: statistics.filter(stays) }),
    ...(partitionStatistics && { 'partition-statistics': partitionStatistics.filter(stays) }),
  };
}

function branchHead(metadata: TableMetadata, branch: string): Snapshot {
  const head = branch === MAIN_BRANCH ? undefined : findRefSnapshot(metadata, branch);
  if (head === undefined || metadata.refs[branch]?.type !== 'branch') {
    throw new NotFoundError('the table has no such branch');
  }
  return head;
}

/**
 * Records the schema and spec that the branch began with, so that publishing cannot undo another
 * change.
 */
function branchBase(
  metadata: TableMetadata,
  head: Snapshot | undefined,
  spec: PartitionSpec | undefined,
): Record<string, string> {
  const base = head?.summary ?? {};
  const specId = spec?.['spec-id'].toString() ?? base[SPEC];
  return {
    [BASE_SCHEMA]: base[BASE_SCHEMA] ?? String(metadata['current-schema-id']),
    [BASE_SPEC]: base[BASE_SPEC] ?? String(metadata['default-spec-id']),
    ...(specId === undefined ? {} : { [SPEC]: specId }),
  };
}

function switched(
  metadata: TableMetadata,
  key: 'current-schema-id' | 'default-spec-id',
  change: { next: number | string | undefined; base: string | undefined },
): number {
  const current = metadata[key];
  const { next, base } = change;
  if (next === undefined || Number(next) === current || String(next) === base) return current;
  if (base !== undefined && Number(base) !== current) {
    throw new StaleBranchError(
      'the table’s columns or partitions have changed since the branch began',
    );
  }
  return Number(next);
}

function logMain(metadata: TableMetadata, id: bigint, timeMs: number): SnapshotLogEntry[] {
  const last = metadata['snapshot-log'].at(-1)?.['timestamp-ms'] ?? 0;
  return [
    ...metadata['snapshot-log'],
    { 'timestamp-ms': Math.max(timeMs, last), 'snapshot-id': id },
  ];
}
