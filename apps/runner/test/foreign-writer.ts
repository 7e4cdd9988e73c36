import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession } from '@rat/engine-duckdb/testing';
import { quoteText } from '@rat/domain';
import {
  commitToMain,
  findRefSnapshot,
  MAIN_BRANCH,
  newSnapshotId,
  readMainBranch,
  sealCommit,
  serializeTableMetadata,
  writeSnapshot,
  type DataFile,
  type LiveFile,
  type PartitionSpec,
  type TableMetadata,
} from '@rat/iceberg';
import { fileUri, LocalTableFiles, pathFromUri } from '@rat/storage';
import { moveTable, type Database } from '@rat/store';
import type { PipelineRef } from '@rat/domain';
import type { Fleet } from '@rat/testing';
import { findCurrentTable } from '../src/table-commit/current-table.ts';

/** By the ids that the specification reserves for them. */
const POSITION_COLUMNS = [
  { name: 'file_path', castTo: 'VARCHAR', id: 2_147_483_546 },
  { name: 'pos', castTo: 'BIGINT', id: 2_147_483_545 },
] as const;

/**
 * Another engine that writes what we never write into our catalog: delete files, other formats,
 * other transforms.
 */
export class ForeignWriter {
  readonly #fleet: Fleet;
  readonly #deps: { db: Database; tables: LocalTableFiles };

  constructor(fleet: Fleet, db: Database) {
    this.#fleet = fleet;
    this.#deps = { db, tables: new LocalTableFiles(join(fleet.home, 'warehouse')) };
  }

  /** The data files of main, as they were written. */
  async dataFiles(table: PipelineRef): Promise<LiveFile[]> {
    const { files } = await this.#main(table);
    return files.filter((file) => file.content === 'data');
  }

  /** Deletes the row of a file at `position`, counted from 0. */
  async deletePosition(table: PipelineRef, file: LiveFile, position: number): Promise<void> {
    const deleted = await this.#write(table, POSITION_COLUMNS, {
      content: 'position_deletes',
      sql: `SELECT ${quoteText(file.path)} AS file_path, ${position} AS pos`,
    });
    await this.append(table, [deleted]);
  }

  /** Deletes all rows so far that have one of the values in a column. */
  async deleteEqual(table: PipelineRef, column: string, values: readonly number[]): Promise<void> {
    const { schema } = await this.#main(table);
    const field = schema.fields.find(({ name }) => name === column);
    if (field === undefined) throw new Error('no such column');
    const deleted = await this.#write(table, [{ name: column, castTo: 'INTEGER', id: field.id }], {
      content: 'equality_deletes',
      equalityIds: [field.id],
      sql: `SELECT unnest([${values.join(', ')}]) AS ${column}`,
    });
    await this.append(table, [deleted]);
  }

  /** Commits files to main, with a spec that the table may not have yet. */
  async append(
    table: PipelineRef,
    added: DataFile[],
    { spec, removed = [] }: { spec?: PartitionSpec; removed?: LiveFile[] } = {},
  ): Promise<void> {
    const { metadata, schema } = await this.#main(table);
    const current = metadata['partition-specs'].find(
      (one) => one['spec-id'] === metadata['default-spec-id'],
    );
    const head = findRefSnapshot(metadata, MAIN_BRANCH);
    if (current === undefined || head === undefined) throw new Error('the table has no main');
    const nowMs = Date.now();
    const { snapshot } = await writeSnapshot(this.#deps.tables, {
      metadata,
      parentSnapshotId: head['snapshot-id'],
      added,
      removedPaths: new Set(removed.map(({ path }) => path)),
      schema,
      spec: spec ?? current,
      snapshotId: newSnapshotId(metadata, randomBytes),
      nowMs,
      uuid: randomUUID(),
    });
    const withSpec = spec === undefined ? {} : { spec };
    await this.change(table, () => commitToMain(metadata, { snapshot, nowMs, ...withSpec }));
  }

  /** Commits other metadata; `edit` may change its text into what we never write. */
  async change(
    table: PipelineRef,
    make: (metadata: TableMetadata) => TableMetadata,
    edit: (text: string) => string = (text) => text,
  ): Promise<void> {
    const { metadata: previous, location } = await this.#main(table);
    const { metadata } = sealCommit({
      next: make(previous),
      previous,
      previousFile: location,
      nowMs: Date.now(),
    });
    const next = `${metadata.location}/metadata/99999-${randomUUID()}.metadata.json`;
    const text = edit(serializeTableMetadata(metadata));
    await this.#deps.tables.writeNew(next, Buffer.from(text));
    const moved = await moveTable(this.#deps.db, { table, expected: location, next });
    if (!moved) throw new Error('another writer was faster');
  }

  /** A Parquet file of these columns, numbered by `ids`. */
  async #write(
    table: PipelineRef,
    columns: readonly { name: string; castTo: string; id: number }[],
    { sql, ...file }: Pick<DataFile, 'content' | 'equalityIds'> & { sql: string },
  ): Promise<DataFile> {
    const { metadata } = await this.#main(table);
    const tempDir = join(this.#fleet.home, 'tmp', `foreign_${randomUUID()}`);
    const stagingDir = join(pathFromUri(metadata.location), 'data', `foreign_${randomUUID()}`);
    await mkdir(tempDir, { recursive: true });
    await mkdir(stagingDir, { recursive: true });
    const session = await openSession({
      inputs: { tables: {}, fileLists: {} },
      stagingDir,
      tempDir,
      memoryLimitMb: 64,
      tempLimitMb: 64,
      threads: 1,
    });
    try {
      const [written] = await session.writeOwnParquet(sql, {
        targetFileMb: 16,
        columns: columns.map(({ name, castTo }) => ({ name, castTo, sourceName: name })),
        fieldIdsClause: `{${columns.map(({ name, id }) => `${name}: ${id}`).join(', ')}}`,
      });
      if (written === undefined) throw new Error('nothing was written');
      return {
        ...file,
        path: fileUri(written.filename),
        format: 'PARQUET',
        partition: {},
        specId: metadata['default-spec-id'],
        recordCount: Number(written.count),
        fileSize: Number(written.fileSizeBytes),
      };
    } finally {
      await session.close();
    }
  }

  async #main(table: PipelineRef) {
    const current = await findCurrentTable(this.#deps, table);
    const main = current && (await readMainBranch(this.#deps.tables, current));
    if (current === undefined || main === undefined) throw new Error('the table has no main');
    return { ...main, ...current };
  }
}
