import { ConflictError, runBranch, type Run } from '@rat/domain';
import { findRefSnapshot, findSnapshot, MAIN_BRANCH, type TableMetadata } from '@rat/iceberg';
import { listRunActions } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** What the tests of a run were asked of. */
export interface TestedSnapshot {
  id: bigint;
  /** The snapshot that the run found in main; undefined when there was no table yet. */
  before: bigint | undefined;
}

/**
 * The snapshot with the rows of an ended run: on its branch while it is in quarantine, in the table once
 * it has published. Throws ConflictError when the run wrote none, and when they are no longer kept.
 */
export async function findTestedSnapshot(
  { db }: Pick<RunnerApiDeps, 'db'>,
  run: Run,
  metadata: TableMetadata,
): Promise<TestedSnapshot> {
  const branch = findRefSnapshot(metadata, runBranch(run.id));
  // Main has not moved while the rows wait, or they could not be published.
  if (branch !== undefined) {
    const main = findRefSnapshot(metadata, MAIN_BRANCH);
    return { id: branch['snapshot-id'], before: main?.['snapshot-id'] };
  }
  const actions = run.outputSnapshotId === undefined ? await listRunActions(db, run.id) : [];
  const byHand = actions.find(({ action }) => action === 'publish')?.snapshotId;
  const published = run.outputSnapshotId ?? byHand;
  if (published === undefined) throw notKept();
  const snapshot = findSnapshot(metadata, BigInt(published));
  if (snapshot === undefined) throw notKept();
  return { id: snapshot['snapshot-id'], before: snapshot['parent-snapshot-id'] };
}

/** Throws ConflictError for a run without rows that a test could find. */
export function refuseWithoutRows(run: Run): void {
  const isTested = run.status === 'success' || run.failure?.code === 'quality_failed';
  if (run.kind === 'pipeline' && isTested) return;
  const what = run.kind === 'pipeline' ? '' : `${run.kind}, `;
  const state = run.failure === undefined ? run.status : `${run.status}: ${run.failure.code}`;
  throw new ConflictError(
    `only a run that published, or whose quality tests failed, has rows that a test found; this one is ${what}${state}`,
  );
}

/** The error for rows that are gone. */
export function notKept(): ConflictError {
  return new ConflictError(
    'the rows of the run are no longer kept: they were discarded, or their days are over; its results have a sample',
  );
}
