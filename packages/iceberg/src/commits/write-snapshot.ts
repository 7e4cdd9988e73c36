import { ConflictError } from '@rat/domain';
import { isLive, type DataFile, type ManifestEntry } from '../format/data-file.ts';
import { TableFormatError } from '../format/errors.ts';
import { metadataUri } from '../format/file-names.ts';
import { groupBy } from '@rat/runtime';
import { describeManifest, writeManifestList, type ManifestFile } from '../format/manifest-list.ts';
import { writeManifest } from '../format/manifest.ts';
import { partitionTypes } from '../format/partition-types.ts';
import { readManifestFile, readSnapshotManifests } from './read-snapshot.ts';
import { tick } from './seal-commit.ts';
import { getSnapshot } from './snapshot-graph.ts';
import { buildSummary, type SnapshotOperation } from './snapshot-summary.ts';
import { countTotals, readTotals, TOTAL_KEYS } from './snapshot-totals.ts';
import type { TableFiles } from '@rat/storage';
import type {
  PartitionSpec,
  Schema,
  Snapshot,
  SnapshotSummary,
  TableMetadata,
} from '../format/types.ts';

/** The number of small manifests of one spec that triggers a merge: every reader opens them all. */
const MERGE_FROM = 100;
/** The size of a merged manifest; a larger one is not small. */
const MANIFEST_TARGET_BYTES = 8 * 1024 * 1024;

export interface WriteSnapshotOptions {
  metadata: TableMetadata;
  /** The head of the snapshot's branch; undefined for the table's first snapshot. */
  parentSnapshotId?: bigint;
  added: readonly DataFile[];
  /** URIs of live files of the parent. */
  removedPaths: ReadonlySet<string>;
  /** The schema and spec of the added files, with the ids that the table has or will assign. */
  schema: Schema;
  spec: PartitionSpec;
  /** Only where it cannot be derived: `replace` for compaction. */
  operation?: SnapshotOperation;
  /** Merges more small manifests of one spec than this; maintenance merges earlier than a run. */
  mergeManifestsFrom?: number;
  /** Additional summary keys, such as the run's id. */
  summary?: SnapshotSummary;
  snapshotId: bigint;
  nowMs: number;
  /** Makes the file names of this attempt unique; never reuse it. */
  uuid: string;
}

export interface WrittenSnapshot {
  /** Not yet part of any metadata: see `addSnapshot`. */
  snapshot: Snapshot;
  /** The files to delete when the commit is lost. */
  writtenUris: string[];
  /** The numbers of manifests that were kept, created and replaced. */
  manifests: { kept: number; created: number; replaced: number };
}

/**
 * Writes the manifests and the manifest list of a snapshot that adds and removes files. Rewrites
 * only manifests that list a removed file, so a small change of a large table is a small write.
 * After a failed write it deletes what it wrote before. Throws ConflictError when a file to remove
 * is not live in the parent.
 */
export async function writeSnapshot(
  files: TableFiles,
  options: WriteSnapshotOptions,
): Promise<WrittenSnapshot> {
  const writer = new SnapshotWriter(files, options);
  try {
    return await writer.write();
  } catch (error) {
    // The caller must get the first error, not one of the cleanup.
    await Promise.allSettled(writer.writtenUris.map((uri) => files.remove(uri)));
    throw error;
  }
}

/** One snapshot that is being written; `writtenUris` always lists every file that it created. */
class SnapshotWriter {
  readonly writtenUris: string[] = [];
  readonly #files: TableFiles;
  readonly #options: WriteSnapshotOptions;
  readonly #sequenceNumber: number;
  readonly #removed: DataFile[] = [];
  #created = 0;
  #replaced = 0;

  constructor(files: TableFiles, options: WriteSnapshotOptions) {
    this.#files = files;
    this.#options = options;
    this.#sequenceNumber = options.metadata['last-sequence-number'] + 1;
  }

  async write(): Promise<WrittenSnapshot> {
    const { metadata, parentSnapshotId, snapshotId, schema, added, nowMs, uuid } = this.#options;
    const before =
      parentSnapshotId === undefined
        ? countTotals([])
        : await readTotals(
            this.#files,
            metadata,
            getSnapshot(metadata, parentSnapshotId),
            TOTAL_KEYS,
          );
    const fresh = await this.#writeAdded();
    const old = await this.#carry();
    const manifests = [...fresh, ...old.rewritten, ...(await this.#merge(old.carried))];
    const list = metadataUri(metadata.location, `snap-${snapshotId}-1-${uuid}.avro`);
    await this.#writeFile(
      list,
      writeManifestList({
        manifests,
        snapshotId,
        sequenceNumber: this.#sequenceNumber,
        ...(parentSnapshotId === undefined ? {} : { parentSnapshotId }),
      }),
    );
    const counts = {
      kept: manifests.length - this.#created,
      created: this.#created,
      replaced: this.#replaced,
    };
    const summary = buildSummary({
      added,
      removed: this.#removed,
      before,
      ...(this.#options.operation === undefined ? {} : { operation: this.#options.operation }),
      extra: {
        'manifests-created': String(counts.created),
        'manifests-kept': String(counts.kept),
        'manifests-replaced': String(counts.replaced),
        ...this.#options.summary,
      },
    });
    const snapshot: Snapshot = {
      'snapshot-id': snapshotId,
      ...(parentSnapshotId === undefined ? {} : { 'parent-snapshot-id': parentSnapshotId }),
      'sequence-number': this.#sequenceNumber,
      'timestamp-ms': tick(metadata, nowMs),
      summary,
      'manifest-list': list,
      'schema-id': schema['schema-id'],
    };
    return { snapshot, writtenUris: this.writtenUris, manifests: counts };
  }

  async #writeAdded(): Promise<ManifestFile[]> {
    const { added, snapshotId } = this.#options;
    return this.#writeGroups(added.map((file) => ({ status: 'added', snapshotId, file })));
  }

  /** The parent's manifests: rewritten if they list a removed file, otherwise unchanged. */
  async #carry(): Promise<{ rewritten: ManifestFile[]; carried: ManifestFile[] }> {
    const { metadata, parentSnapshotId, removedPaths, snapshotId } = this.#options;
    const rewritten: ManifestFile[] = [];
    const carried: ManifestFile[] = [];
    const missing = new Set(removedPaths);
    const parents =
      parentSnapshotId === undefined
        ? []
        : await readSnapshotManifests(this.#files, metadata, parentSnapshotId);
    for (const manifest of parents) {
      // Such a manifest lists only files that an older snapshot removed.
      if (manifest.files.added + manifest.files.existing === 0) continue;
      if (missing.size === 0) {
        carried.push(manifest);
        continue;
      }
      const live = (await readManifestFile(this.#files, manifest)).entries.filter(isLive);
      const removed = live.filter((entry) => missing.delete(entry.file.path));
      if (removed.length === 0) {
        carried.push(manifest);
        continue;
      }
      const isRemoved = new Set<ManifestEntry>(removed);
      this.#removed.push(...removed.map((entry) => entry.file));
      this.#replaced += 1;
      rewritten.push(
        ...(await this.#writeGroups(
          live.map((entry): ManifestEntry =>
            isRemoved.has(entry)
              ? { ...entry, status: 'deleted', snapshotId }
              : { ...entry, status: 'existing' },
          ),
        )),
      );
    }
    if (missing.size > 0)
      throw new ConflictError('a file to be replaced is no longer in the table');
    return { rewritten, carried };
  }

  /** Merges small manifests of one spec once they are too many. */
  async #merge(carried: readonly ManifestFile[]): Promise<ManifestFile[]> {
    const merged: ManifestFile[] = [];
    const { mergeManifestsFrom = MERGE_FROM } = this.#options;
    const small = groupBy(carried, (manifest) =>
      manifest.length < MANIFEST_TARGET_BYTES && manifest.keyMetadata === undefined
        ? `${manifest.content} ${manifest.specId}`
        : 'large',
    );
    for (const [key, group] of small) {
      if (key === 'large' || group.length <= mergeManifestsFrom) {
        merged.push(...group);
        continue;
      }
      let entries: ManifestEntry[] = [];
      let bytes = 0;
      for (const manifest of group) {
        if (bytes + manifest.length > MANIFEST_TARGET_BYTES) {
          merged.push(...(await this.#writeGroups(entries)));
          entries = [];
          bytes = 0;
        }
        const live = (await readManifestFile(this.#files, manifest)).entries.filter(isLive);
        for (const entry of live) entries.push({ ...entry, status: 'existing' });
        bytes += manifest.length;
      }
      merged.push(...(await this.#writeGroups(entries)));
      this.#replaced += group.length;
    }
    return merged;
  }

  /** Writes one manifest for each spec and content of the entries; none without entries. */
  async #writeGroups(entries: readonly ManifestEntry[]): Promise<ManifestFile[]> {
    const { metadata, schema, snapshotId, uuid } = this.#options;
    const groups = groupBy(
      entries,
      ({ file }) => `${file.specId} ${file.content === 'data' ? 'data' : 'deletes'}`,
    );
    const written: ManifestFile[] = [];
    for (const group of groups.values()) {
      const spec = this.#spec(group[0].file.specId);
      const types = partitionTypes(spec, [schema, ...metadata.schemas]);
      const bytes = writeManifest({ entries: group, spec, schema, types });
      const path = metadataUri(metadata.location, `${uuid}-m${this.#created}.avro`);
      this.#created += 1;
      await this.#writeFile(path, bytes);
      written.push(
        describeManifest({
          path,
          length: bytes.length,
          specId: spec['spec-id'],
          entries: group,
          types,
          snapshotId,
          sequenceNumber: this.#sequenceNumber,
        }),
      );
    }
    return written;
  }

  #spec(id: number): PartitionSpec {
    const { spec, metadata } = this.#options;
    if (spec['spec-id'] === id) return spec;
    const known = metadata['partition-specs'].find((other) => other['spec-id'] === id);
    if (known === undefined) throw new TableFormatError('a file has a partition spec of no table');
    return known;
  }

  async #writeFile(uri: string, bytes: Uint8Array): Promise<void> {
    await this.#files.writeNew(uri, bytes);
    this.writtenUris.push(uri);
  }
}
