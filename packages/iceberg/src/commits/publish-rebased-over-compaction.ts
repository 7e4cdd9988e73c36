import { randomBytes, randomUUID } from 'node:crypto';
import { runBranch } from '@rat/domain';
import { StaleBranchError } from '../format/errors.ts';
import { commitToMain, dropBranch, publishBranch } from './metadata-ops.ts';
import { writeRestoringSnapshot } from './restore-snapshot.ts';
import { ancestors, findRefSnapshot, newSnapshotId } from './snapshot-graph.ts';
import type { TableFiles } from '@rat/storage';
import { MAIN_BRANCH, type Snapshot, type TableMetadata } from '../format/types.ts';
import { writeState, type NextState, type TableState } from './write-state.ts';

/**
 * Publishes a run's branch although main has moved on, if main was only compacted since: compaction
 * changes no row. Main's newest version then has the branch's content. Throws StaleBranchError for
 * any other change of main.
 */
export async function publishRebasedOverCompaction(
  files: TableFiles,
  current: TableState,
  { runId, nowMs }: { runId: string; nowMs: number },
): Promise<NextState & { snapshotId: bigint }> {
  const { metadata } = current;
  const main = findRefSnapshot(metadata, MAIN_BRANCH);
  const branch = findRefSnapshot(metadata, runBranch(runId));
  if (main === undefined || branch === undefined || !isOnlyReplaced(metadata, main, branch)) {
    throw new StaleBranchError(STALE);
  }
  const written = await writeRestoringSnapshot(files, {
    metadata,
    parentSnapshotId: main['snapshot-id'],
    restoredSnapshotId: branch['snapshot-id'],
    summary: { 'rat.run-id': runId },
    snapshotId: newSnapshotId(metadata, randomBytes),
    nowMs,
    uuid: randomUUID(),
  });
  const published = commitToMain(metadata, { snapshot: written.snapshot, nowMs });
  const dropped = dropBranch(published, runBranch(runId), nowMs).metadata;
  const next = await writeState(files, current, dropped, nowMs);
  return {
    ...next,
    writtenUris: [...next.writtenUris, ...written.writtenUris],
    snapshotId: written.snapshot['snapshot-id'],
  };
}

const STALE = 'the table has changed since the branch began';

/**
 * Returns the snapshot whose content main gets when a run's branch is published, and writes nothing.
 * Undefined when there is no such branch. Throws StaleBranchError exactly when neither
 * `publishRunBranch` nor `publishRebasedOverCompaction` would publish it.
 *
 * @example
 * const head = planPublish(current.metadata, { runId, nowMs: Date.now() });
 */
export function planPublish(
  metadata: TableMetadata,
  { runId, nowMs }: { runId: string; nowMs: number },
): Snapshot | undefined {
  const head = findRefSnapshot(metadata, runBranch(runId));
  if (head === undefined) return undefined;
  try {
    publishBranch(metadata, runBranch(runId), nowMs);
  } catch (error) {
    if (!(error instanceof StaleBranchError)) throw error;
    const main = findRefSnapshot(metadata, MAIN_BRANCH);
    if (main === undefined || !isOnlyReplaced(metadata, main, head)) throw error;
  }
  return head;
}

function isOnlyReplaced(metadata: TableMetadata, main: Snapshot, branch: Snapshot): boolean {
  for (const snapshot of ancestors(metadata, main['snapshot-id'])) {
    if (snapshot['snapshot-id'] === branch['parent-snapshot-id']) return true;
    if (snapshot.summary['operation'] !== 'replace') return false;
  }
  return false;
}
