import { randomBytes, randomUUID } from 'node:crypto';
import { ConflictError } from '@rat/domain';
import { commitToMain } from './metadata-ops.ts';
import { writeRestoringSnapshot } from './restore-snapshot.ts';
import { ancestors, findRefSnapshot, findSnapshot, newSnapshotId } from './snapshot-graph.ts';
import type { TableFiles } from '@rat/storage';
import { MAIN_BRANCH, type Snapshot, type TableMetadata } from '../format/types.ts';
import { writeState, type NextState, type TableState } from './write-state.ts';

/** The key in a snapshot's summary for the id of the run that the snapshot reverts. */
const REVERTED_RUN = 'rat.reverted-run-id';

/**
 * Returns what a revert of a publication starts from and leads to, and writes nothing: main's head,
 * and the snapshot before the publication, undefined when that was an empty table. Throws
 * ConflictError as `revertSnapshot` does.
 *
 * @example
 * const { head, before } = planRevert(current.metadata, snapshotId);
 */
export function planRevert(
  metadata: TableMetadata,
  snapshotId: bigint,
): { head: Snapshot; before: Snapshot | undefined } {
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  const published = head && findPublished(metadata, head['snapshot-id'], snapshotId);
  if (head === undefined || published === undefined) {
    throw new ConflictError('what the run published is no longer part of the table');
  }
  const id = published['parent-snapshot-id'];
  const before = id === undefined ? undefined : findSnapshot(metadata, id);
  if (id !== undefined && before === undefined) {
    throw new ConflictError('the version from before the run has expired');
  }
  return { head, before };
}

/**
 * Restores main to its state before a run, as a new snapshot. Throws ConflictError, with the
 * reason, when another publication followed the run, or when the state before it has expired.
 * Compaction is not a publication, because it changes no row.
 */
export async function revertSnapshot(
  files: TableFiles,
  current: TableState,
  options: { runId: string; snapshotId: bigint; nowMs: number },
): Promise<NextState & { snapshotId: bigint }> {
  const { metadata } = current;
  const { runId, nowMs } = options;
  const { head, before } = planRevert(metadata, options.snapshotId);
  const written = await writeRestoringSnapshot(files, {
    metadata,
    parentSnapshotId: head['snapshot-id'],
    restoredSnapshotId: before?.['snapshot-id'],
    summary: { [REVERTED_RUN]: runId },
    snapshotId: newSnapshotId(metadata, randomBytes),
    nowMs,
    uuid: randomUUID(),
  });
  const reverted = commitToMain(metadata, { snapshot: written.snapshot, nowMs });
  const next = await writeState(files, current, reverted, nowMs);
  return {
    ...next,
    writtenUris: [...next.writtenUris, ...written.writtenUris],
    snapshotId: written.snapshot['snapshot-id'],
  };
}

function findPublished(metadata: TableMetadata, head: bigint, id: bigint): Snapshot | undefined {
  const laterPublishers: string[] = [];
  for (const snapshot of ancestors(metadata, head)) {
    if (snapshot['snapshot-id'] === id) {
      if (laterPublishers.length === 0) return snapshot;
      throw new ConflictError(
        `the table was published again after this run. Publishers, newest first: ${laterPublishers.join(', ')}`,
      );
    }
    if (snapshot.summary['operation'] !== 'replace') laterPublishers.push(publisher(snapshot));
  }
  return undefined;
}

function publisher({ summary }: Snapshot): string {
  const reverted = summary[REVERTED_RUN];
  if (reverted !== undefined) return `the revert of run ${reverted}`;
  const run = summary['rat.run-id'];
  return run === undefined ? 'another writer' : `run ${run}`;
}
