import { metadataUri } from '../format/file-names.ts';
import { writeManifestList } from '../format/manifest-list.ts';
import { readSnapshotManifests } from './read-snapshot.ts';
import { tick } from './seal-commit.ts';
import { getSnapshot } from './snapshot-graph.ts';
import { countTotals, readTotals, TOTAL_KEYS } from './snapshot-totals.ts';
import type { TableFiles } from '@rat/storage';
import type { Snapshot, SnapshotSummary, TableMetadata } from '../format/types.ts';

export interface RestoreSnapshotOptions {
  metadata: TableMetadata;
  /** Main's head, which the new snapshot follows. */
  parentSnapshotId: bigint;
  /** The version to restore; undefined empties the table. */
  restoredSnapshotId: bigint | undefined;
  /** Additional summary keys. */
  summary: SnapshotSummary;
  snapshotId: bigint;
  nowMs: number;
  uuid: string;
}

/**
 * Writes a snapshot with the content of an older one. Its manifest list refers to the older one's
 * manifests, whose files keep their sequence numbers, so the same deletes apply again. Nothing else
 * is written. Throws NotFoundError when the older snapshot has expired.
 */
export async function writeRestoringSnapshot(
  files: TableFiles,
  options: RestoreSnapshotOptions,
): Promise<{ snapshot: Snapshot; writtenUris: string[] }> {
  const { metadata, parentSnapshotId, restoredSnapshotId, snapshotId, nowMs } = options;
  const restored =
    restoredSnapshotId === undefined ? undefined : getSnapshot(metadata, restoredSnapshotId);
  const manifests =
    restoredSnapshotId === undefined
      ? []
      : (await readSnapshotManifests(files, metadata, restoredSnapshotId)).filter(
          ({ files: counts }) => counts.added + counts.existing > 0,
        );
  const totals =
    restored === undefined
      ? countTotals([])
      : await readTotals(files, metadata, restored, TOTAL_KEYS);
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const list = metadataUri(metadata.location, `snap-${snapshotId}-1-${options.uuid}.avro`);
  await files.writeNew(
    list,
    writeManifestList({ manifests, snapshotId, parentSnapshotId, sequenceNumber }),
  );
  const head = getSnapshot(metadata, parentSnapshotId);
  const snapshot: Snapshot = {
    'snapshot-id': snapshotId,
    'parent-snapshot-id': parentSnapshotId,
    'sequence-number': sequenceNumber,
    'timestamp-ms': tick(metadata, nowMs),
    summary: {
      operation: restored === undefined ? 'delete' : 'overwrite',
      ...Object.fromEntries(Object.entries(totals).map(([key, total]) => [key, String(total)])),
      ...(restoredSnapshotId === undefined
        ? {}
        : { 'source-snapshot-id': String(restoredSnapshotId) }),
      ...options.summary,
    },
    'manifest-list': list,
    'schema-id': restored?.['schema-id'] ?? head['schema-id'] ?? metadata['current-schema-id'],
  };
  return { snapshot, writtenUris: [list] };
}
