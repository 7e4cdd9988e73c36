import { randomUUID } from 'node:crypto';
import { metadataFileName, metadataUri, nextVersion } from './iceberg/file-names.ts';
import { sealCommit } from './iceberg/seal-commit.ts';
import type { TableFiles } from './iceberg/table-files.ts';
import { serializeTableMetadata } from './iceberg/table-metadata.ts';
import type { TableMetadata } from './iceberg/types.ts';

/** One version of a table, and the file that says so. */
export interface TableState {
  location: string;
  metadata: TableMetadata;
}

/** A version that is written but that no catalog names yet: `location` becomes it, or `discard` unmakes it. */
export interface NextState extends TableState {
  /** What to remove when another writer was faster. */
  writtenUris: string[];
  /** What the version no longer needs: to be removed once it is current. */
  droppedUris: string[];
}

/** Seals the next version and writes its file; no catalog names it yet. */
export async function writeState(
  files: TableFiles,
  previous: TableState | undefined,
  metadata: TableMetadata,
  nowMs: number,
): Promise<NextState> {
  const sealed =
    previous === undefined
      ? { metadata, dropped: [] }
      : sealCommit({
          next: metadata,
          previous: previous.metadata,
          previousFile: previous.location,
          nowMs,
        });
  const name = metadataFileName(nextVersion(previous?.location), randomUUID());
  const location = metadataUri(metadata.location, name);
  await files.writeNew(location, Buffer.from(serializeTableMetadata(sealed.metadata), 'utf8'));
  return {
    location,
    metadata: sealed.metadata,
    writtenUris: [location],
    droppedUris: sealed.dropped,
  };
}
