import { randomBytes, randomUUID } from 'node:crypto';
import type { DataFile } from '../format/data-file.ts';
import { TableFormatError } from '../format/errors.ts';
import { commitToMain } from '../commits/metadata-ops.ts';
import { readSnapshotManifests } from '../commits/read-snapshot.ts';
import { findRefSnapshot, newSnapshotId } from '../commits/snapshot-graph.ts';
import type { TableFiles } from '@rat/storage';
import { MAIN_BRANCH } from '../format/types.ts';
import { writeSnapshot } from '../commits/write-snapshot.ts';
import { writeState, type NextState, type TableState } from '../commits/write-state.ts';

/** Maintenance joins small manifests when main has at least this many manifests. */
export const MANIFESTS_WORTH_JOINING = 16;

/**
 * Replaces files of main by other files with the same rows, in a snapshot of operation `replace`.
 * When `added` and `removed` are empty, it only joins manifests. Throws ConflictError when a
 * removed file is no longer in main.
 */
export async function replaceFiles(
  files: TableFiles,
  current: TableState,
  change: { added: readonly DataFile[]; removed: ReadonlySet<string>; nowMs: number },
): Promise<NextState> {
  const { metadata } = current;
  const { nowMs } = change;
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  const schemaId = head?.['schema-id'] ?? metadata['current-schema-id'];
  const schema = metadata.schemas.find((one) => one['schema-id'] === schemaId);
  const spec = metadata['partition-specs'].find(
    (one) => one['spec-id'] === metadata['default-spec-id'],
  );
  if (head === undefined || schema === undefined || spec === undefined) {
    throw new TableFormatError('the table has no main to be rewritten');
  }
  const written = await writeSnapshot(files, {
    metadata,
    parentSnapshotId: head['snapshot-id'],
    added: change.added,
    removedPaths: change.removed,
    schema,
    spec,
    operation: 'replace',
    mergeManifestsFrom: 1,
    snapshotId: newSnapshotId(metadata, randomBytes),
    nowMs,
    uuid: randomUUID(),
  });
  const replaced = commitToMain(metadata, { snapshot: written.snapshot, nowMs });
  const next = await writeState(files, current, replaced, nowMs);
  return { ...next, writtenUris: [...next.writtenUris, ...written.writtenUris] };
}

/** The number of manifests that a reader of main opens. */
export async function countManifests(files: TableFiles, current: TableState): Promise<number> {
  const head = findRefSnapshot(current.metadata, MAIN_BRANCH);
  if (head === undefined) return 0;
  return (await readSnapshotManifests(files, current.metadata, head['snapshot-id'])).length;
}
