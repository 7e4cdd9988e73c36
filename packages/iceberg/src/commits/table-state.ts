import { randomBytes, randomUUID } from 'node:crypto';
import { runBranch } from '@rat/domain';
import type { DataFile, LiveFile } from '../format/data-file.ts';
import { addSnapshot, dropBranch, publishBranch } from './metadata-ops.ts';
import { newTableMetadata } from './new-table.ts';
import { readLiveFiles } from './read-snapshot.ts';
import { findRefSnapshot, getSnapshot, newSnapshotId } from './snapshot-graph.ts';
import type { TableFiles } from '@rat/storage';
import { assignSchemaId, assignSpecId } from '../schema/table-schemas.ts';
import {
  MAIN_BRANCH,
  type PartitionSpec,
  type Schema,
  type TableMetadata,
} from '../format/types.ts';
import { writeSnapshot } from './write-snapshot.ts';
import { writeState, type NextState, type TableState } from './write-state.ts';

/** The snapshot and schema of main; undefined before the first publish. */
export async function readMainBranch(
  files: TableFiles,
  state: TableState,
): Promise<{ schema: Schema; files: LiveFile[]; snapshotId: bigint } | undefined> {
  const head = findRefSnapshot(state.metadata, MAIN_BRANCH);
  if (head === undefined) return undefined;
  const snapshotId = head['snapshot-id'];
  return { ...(await readSnapshot(files, state.metadata, snapshotId)), snapshotId };
}

/**
 * A version of the table, with the schema that it was written in. Throws NotFoundError for an
 * unknown id.
 */
export async function readSnapshot(
  files: TableFiles,
  metadata: TableMetadata,
  snapshotId: bigint,
): Promise<{ schema: Schema; files: LiveFile[] }> {
  const snapshot = getSnapshot(metadata, snapshotId);
  const schemaId = snapshot['schema-id'] ?? metadata['current-schema-id'];
  const schema = metadata.schemas.find((one) => one['schema-id'] === schemaId);
  if (schema === undefined) throw new Error('parsed metadata names a schema that it does not have');
  return { schema, files: await readLiveFiles(files, metadata, snapshotId) };
}

/** The difference between a staged branch and main, in rows of data files. */
export interface StagedState extends NextState {
  snapshotId: bigint;
  /** Rows of the files that the branch removed. */
  rowsRemoved: number;
  /**
   * Rows of the branch's files; rows that other writers' delete files remove are not subtracted.
   */
  rowsTotal: number;
}

/**
 * Writes a run's branch: main's files without the removed ones, and with the added ones. Main's
 * readers see no change. It replaces an earlier attempt's branch. An empty change is a snapshot
 * too, so that every run has one. Throws ConflictError when a file to remove is no longer in main.
 */
export async function stageChange(
  files: TableFiles,
  options: {
    tableUri: string;
    current: TableState | undefined;
    runId: string;
    added: readonly DataFile[];
    /** URIs of files of main; `all` removes every file of main. */
    removed: 'all' | ReadonlySet<string>;
    schema: Schema;
    /** The partition spec of the added files; the table assigns its ids. */
    spec: PartitionSpec;
    /** How long other engines keep the branch, should the platform never return to it. */
    maxBranchAgeMs: number;
    nowMs: number;
  },
): Promise<StagedState> {
  const { current, runId, nowMs } = options;
  const branch = runBranch(runId);
  const base =
    current === undefined
      ? newTableMetadata({
          location: options.tableUri,
          uuid: randomUUID(),
          schema: options.schema,
          spec: options.spec,
          nowMs,
        })
      : forgetUnpublished(withoutBranch(current.metadata, branch, nowMs), options);
  const schema = assignSchemaId(base, options.schema);
  const spec = assignSpecId(base, options.spec.fields);
  const head = findRefSnapshot(base, MAIN_BRANCH);
  const parentSnapshotId = head?.['snapshot-id'];
  const live =
    parentSnapshotId === undefined ? [] : await readLiveFiles(files, base, parentSnapshotId);
  const written = await writeSnapshot(files, {
    metadata: base,
    ...(parentSnapshotId === undefined ? {} : { parentSnapshotId }),
    added: options.added.map((file) => inSpec(file, options.spec, spec)),
    removedPaths:
      options.removed === 'all' ? new Set(live.map((file) => file.path)) : options.removed,
    schema,
    spec,
    summary: { 'rat.run-id': runId },
    snapshotId: newSnapshotId(base, randomBytes),
    nowMs,
    uuid: randomUUID(),
  });
  const metadata = addSnapshot(base, {
    snapshot: written.snapshot,
    branch,
    schema,
    spec,
    maxRefAgeMs: options.maxBranchAgeMs,
    nowMs,
  });
  const next = await writeState(files, current, metadata, nowMs);
  const { removed } = options;
  const rowsRemoved = rowsOf(live.filter((file) => removed === 'all' || removed.has(file.path)));
  return {
    ...next,
    writtenUris: [...next.writtenUris, ...written.writtenUris],
    snapshotId: written.snapshot['snapshot-id'],
    rowsRemoved,
    rowsTotal: rowsOf(live) - rowsRemoved + rowsOf(options.added),
  };
}

/**
 * Recreates the metadata of a table that was never published, when a failed run's spec uses a
 * column that the new schema lacks or changed. Readers resolve every spec against the current
 * schema, so the spec would make the table unreadable.
 */
function forgetUnpublished(
  metadata: TableMetadata,
  { schema, spec, nowMs }: { schema: Schema; spec: PartitionSpec; nowMs: number },
): TableMetadata {
  if (findRefSnapshot(metadata, MAIN_BRANCH) !== undefined) return metadata;
  const isKept = (id: number): boolean => {
    const kept = schema.fields.find((field) => field.id === id);
    return metadata.schemas.every(({ fields }) => {
      const old = fields.find((field) => field.id === id);
      return old === undefined || (kept?.name === old.name && kept.type === old.type);
    });
  };
  const sources = metadata['partition-specs'].flatMap(({ fields }) => fields);
  if (sources.every((field) => isKept(field['source-id']))) return metadata;
  return {
    ...newTableMetadata({
      location: metadata.location,
      uuid: metadata['table-uuid'],
      schema,
      spec,
      nowMs,
    }),
    'last-sequence-number': metadata['last-sequence-number'],
    'last-updated-ms': metadata['last-updated-ms'],
  };
}

/** Renumbers a file's partition values: another writer may have taken the ids in the meantime. */
function inSpec(file: DataFile, from: PartitionSpec, to: PartitionSpec): DataFile {
  const partition = Object.fromEntries(
    to.fields.map((field, i) => {
      const written = from.fields[i]?.['field-id'];
      return [
        field['field-id'],
        (written === undefined ? undefined : file.partition[written]) ?? null,
      ];
    }),
  );
  return { ...file, specId: to['spec-id'], partition };
}

function rowsOf(files: readonly DataFile[]): number {
  return files.reduce((rows, file) => rows + (file.content === 'data' ? file.recordCount : 0), 0);
}

/**
 * Moves main to the run's branch and removes the branch. Throws StaleBranchError when main has
 * changed.
 */
export async function publishRunBranch(
  files: TableFiles,
  current: TableState,
  options: { runId: string; nowMs: number },
): Promise<NextState> {
  const metadata = publishBranch(current.metadata, runBranch(options.runId), options.nowMs);
  return writeState(files, current, metadata, options.nowMs);
}

/** Removes the run's branch without publishing it; undefined when there is none. */
export async function dropRunBranch(
  files: TableFiles,
  current: TableState,
  options: { runId: string; nowMs: number },
): Promise<NextState | undefined> {
  const branch = runBranch(options.runId);
  if (current.metadata.refs[branch] === undefined) return undefined;
  const metadata = withoutBranch(current.metadata, branch, options.nowMs);
  return writeState(files, current, metadata, options.nowMs);
}

/** Deletes a version that lost the race for the catalog. Keeps the data files for the next try. */
export async function discardState(files: TableFiles, lost: NextState): Promise<void> {
  await Promise.all(lost.writtenUris.map((uri) => files.remove(uri)));
}

function withoutBranch(metadata: TableMetadata, branch: string, nowMs: number): TableMetadata {
  return metadata.refs[branch] === undefined
    ? metadata
    : dropBranch(metadata, branch, nowMs).metadata;
}
