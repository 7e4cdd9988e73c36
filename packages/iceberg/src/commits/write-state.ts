import { randomUUID } from 'node:crypto';
import { metadataFileName, metadataUri, nextVersion } from '../format/file-names.ts';
import { fingerprintPart, readPart } from './read-part.ts';
import { sealCommit } from './seal-commit.ts';
import type { TableFiles } from '@rat/storage';
import { BoundedCache } from '../format/bounded-cache.ts';
import { parseTableMetadata, serializeTableMetadata } from '../format/table-metadata.ts';
import type { TableMetadata } from '../format/types.ts';

/** One version of a table, and its metadata file. */
export interface TableState {
  location: string;
  metadata: TableMetadata;
}

/** A written version that no catalog refers to yet: commit `location`, or call `discardState`. */
export interface NextState extends TableState {
  /** The files to delete when another writer was faster. */
  writtenUris: string[];
  /** The files that the version no longer needs: delete them once it is current. */
  expiredMetadataUris: string[];
}

/**
 * Reads the version of a metadata file. Caches recent versions until their file changes: a run
 * reads its table's newest version four times. The result is shared: do not modify it. Throws
 * TableFormatError when the file is missing or damaged.
 */
export async function readTableState(files: TableFiles, location: string): Promise<TableState> {
  const states = statesOf(files);
  const part = { uri: location, name: 'metadata file' };
  const key = `${await fingerprintPart(files, part)} ${location}`;
  const known = states.get(key);
  if (known !== undefined) return known;
  return readPart(files, part, (bytes) => {
    const metadata = parseTableMetadata(Buffer.from(bytes).toString('utf8'));
    const state = { location, metadata };
    states.set(key, state, bytes.length);
    return state;
  });
}

/** Seals the next version and writes its file; no catalog refers to it yet. */
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
  const bytes = Buffer.from(serializeTableMetadata(sealed.metadata), 'utf8');
  await files.writeNew(location, bytes);
  const key = `${await files.fingerprint(location)} ${location}`;
  statesOf(files).set(key, { location, metadata: sealed.metadata }, bytes.length);
  return {
    location,
    metadata: sealed.metadata,
    writtenUris: [location],
    expiredMetadataUris: sealed.dropped,
  };
}

/**
 * The cache size for one port's versions, in bytes of their files; in memory it is a few times as
 * much.
 */
const MAX_CACHED_BYTES = 16 * 1024 * 1024;

/** One cache for each port, so that equal paths of different stores are not mixed up. */
const caches = new WeakMap<TableFiles, BoundedCache<TableState>>();

function statesOf(files: TableFiles): BoundedCache<TableState> {
  let states = caches.get(files);
  if (states === undefined) {
    states = new BoundedCache(MAX_CACHED_BYTES);
    caches.set(files, states);
  }
  return states;
}
