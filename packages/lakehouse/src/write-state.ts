import { randomUUID } from 'node:crypto';
import { InputError } from '@rat/domain';
import { TableFormatError } from './iceberg/errors.ts';
import { metadataFileName, metadataUri, nextVersion } from './iceberg/file-names.ts';
import { sealCommit } from './iceberg/seal-commit.ts';
import type { TableFiles } from './iceberg/table-files.ts';
import { BoundedCache } from './iceberg/bounded-cache.ts';
import { parseTableMetadata, serializeTableMetadata } from './iceberg/table-metadata.ts';
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

/**
 * The version that a metadata file says. A location is never written twice, so what was read or written of late is
 * kept: a run comes back to its table's newest version four times. The result is shared: do not change it.
 */
export async function readTableState(files: TableFiles, location: string): Promise<TableState> {
  const states = statesOf(files);
  const known = states.get(location);
  if (known !== undefined) return known;
  const bytes = await readOwn(files, location);
  const metadata = parseTableMetadata(Buffer.from(bytes).toString('utf8'));
  const state = { location, metadata };
  states.set(location, state, bytes.length);
  return state;
}

/** A table of another engine may lie where this port does not reach: that it cannot be read is then no fault of the port's. */
async function readOwn(files: TableFiles, location: string): Promise<Uint8Array> {
  try {
    return await files.read(location);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new TableFormatError(`it lies elsewhere: ${error.message}`, { cause: error });
  }
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
  const bytes = Buffer.from(serializeTableMetadata(sealed.metadata), 'utf8');
  await files.writeNew(location, bytes);
  statesOf(files).set(location, { location, metadata: sealed.metadata }, bytes.length);
  return {
    location,
    metadata: sealed.metadata,
    writtenUris: [location],
    droppedUris: sealed.dropped,
  };
}

/** What is kept of one port's versions, in bytes of their files; in memory a version takes a few times as much. */
const MAX_CACHED_BYTES = 16 * 1024 * 1024;

/** By port, so that what one store holds at a path is never taken for what another does. */
const caches = new WeakMap<TableFiles, BoundedCache<TableState>>();

function statesOf(files: TableFiles): BoundedCache<TableState> {
  let states = caches.get(files);
  if (states === undefined) {
    states = new BoundedCache(MAX_CACHED_BYTES);
    caches.set(files, states);
  }
  return states;
}
