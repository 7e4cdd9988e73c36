import { expect } from '@jest/globals';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoteIdentifier, quoteText } from '@rat/domain';
import { icebergRead } from 'icebird';
import { duckdbType, storedColumn } from '../src/table-sql/column-types.ts';
import { dataFileFromStats, partitionColumnName } from '../src/table-sql/data-file-from-stats.ts';
import type { DataFile } from '../../iceberg/src/format/data-file.ts';
import { evolveSchema } from '../../iceberg/src/schema/evolve-schema.ts';
import { fieldIdsClause } from '../src/table-sql/field-ids.ts';
import { metadataFileName, metadataUri, nextVersion } from '../../iceberg/src/format/file-names.ts';
import { addSnapshot, publishBranch } from '../../iceberg/src/commits/metadata-ops.ts';
import { newTableMetadata } from '../../iceberg/src/commits/new-table.ts';
import { readLiveFiles } from '../../iceberg/src/commits/read-snapshot.ts';
import { tableScanSql } from '../src/table-sql/table-scan-sql.ts';
import { sealCommit } from '../../iceberg/src/commits/seal-commit.ts';
import { findRefSnapshot, newSnapshotId } from '../../iceberg/src/commits/snapshot-graph.ts';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import {
  parseTableMetadata,
  serializeTableMetadata,
} from '../../iceberg/src/format/table-metadata.ts';
import { assignSchemaId, assignSpecId } from '../../iceberg/src/schema/table-schemas.ts';
import { partitionFieldName } from '../../iceberg/src/format/transforms.ts';
import { transformSql } from '../src/table-sql/transform-sql.ts';
import type { Schema, TableMetadata } from '../../iceberg/src/format/types.ts';
import { writeSnapshot } from '../../iceberg/src/commits/write-snapshot.ts';
import { columnType } from '../src/values/column-type.ts';

/** A DuckDB, a folder of tables, and a reader that reads files where it would ask a server. */
export class TableLab {
  root = '';
  files!: LocalTableFiles;
  duckdb!: DuckDBConnection;
  #instance!: DuckDBInstance;
  readonly #fetchBefore = globalThis.fetch;

  /** Call it before each test. */
  async setUp(): Promise<void> {
    this.root = await mkdtemp(join(tmpdir(), 'rat iceberg-'));
    this.files = new LocalTableFiles(this.root);
    this.#instance = await DuckDBInstance.create(':memory:');
    this.duckdb = await this.#instance.connect();
    await this.duckdb.run(`SET TimeZone = 'UTC'`);
    // The reader reads over HTTP only, with range requests.
    globalThis.fetch = async (url, init) => {
      if (typeof url !== 'string') throw new TypeError('the reader asks by text');
      const bytes = await readFile(pathFromUri(url));
      const range = /bytes=(\d*)-(\d*)/.exec(String(new Headers(init?.headers).get('range')));
      if (init?.method === 'HEAD') {
        return new Response(null, { headers: { 'content-length': String(bytes.length) } });
      }
      if (range === null) return new Response(bytes);
      const start = range[1] === '' ? bytes.length - Number(range[2]) : Number(range[1]);
      const end = range[1] === '' || range[2] === '' ? bytes.length : Number(range[2]) + 1;
      return new Response(bytes.subarray(start, end), { status: 206 });
    };
  }

  /** Call it after each test. */
  async tearDown(): Promise<void> {
    globalThis.fetch = this.#fetchBefore;
    this.duckdb.closeSync();
    this.#instance.closeSync();
    await rm(this.root, { recursive: true, force: true });
  }

  table(name?: string): TestTable {
    return new TestTable(this, name);
  }

  async rows(sql: string): Promise<unknown[]> {
    return (await this.duckdb.runAndReadAll(sql)).getRowObjectsJson();
  }
}

/**
 * A table as a run uses it: files of DuckDB become a snapshot on a branch, and the branch becomes
 * main.
 */
export class TestTable {
  readonly #lab: TableLab;
  metadata: TableMetadata;
  location: string | undefined;
  nowMs = 1_700_000_000_000;

  /** Use `TableLab.table`. */
  constructor(lab: TableLab, name = 'orders') {
    this.#lab = lab;
    this.metadata = newTableMetadata({
      location: lab.files.uri(name),
      uuid: randomUUID(),
      schema: { type: 'struct', 'schema-id': 0, fields: [] },
      nowMs: this.nowMs,
    });
  }

  async copy(
    sql: string,
    partitionBy: readonly { column: string; transform: string }[] = [],
  ): Promise<{ added: DataFile[]; schema: Schema; spec: TableMetadata['partition-specs'][0] }> {
    const probe = await this.#lab.duckdb.run(`SELECT * FROM (${sql}) LIMIT 0`);
    const evolved = evolveSchema({
      current: this.metadata.schemas.at(-1) ?? { type: 'struct', 'schema-id': 0, fields: [] },
      lastColumnId: this.metadata['last-column-id'],
      columns: probe
        .columnNames()
        .map((name, i) => storedColumn({ name, type: columnType(probe.columnType(i)) })),
      policy: 'evolve',
      typeName: duckdbType,
    });
    const schema = assignSchemaId(this.metadata, evolved.schema);
    const taken = new Set(schema.fields.map((field) => field.name));
    const sources = partitionBy.map(({ column, transform }) => {
      const field = schema.fields.find((other) => other.name === column);
      if (field === undefined || typeof field.type !== 'string') throw new Error('no such column');
      return { field, type: field.type, transform };
    });
    const spec = assignSpecId(
      this.metadata,
      sources.map(({ field, transform }) => ({
        'source-id': field.id,
        name: partitionFieldName(transform, field.name, taken),
        transform,
      })),
    );
    const keys = spec.fields.map((field) =>
      quoteIdentifier(partitionColumnName(field['field-id'])),
    );
    const select = [
      ...evolved.columns.map(
        (column) =>
          `CAST(${column.batchName === undefined ? 'NULL' : quoteIdentifier(column.batchName)} AS ${duckdbType(column.type)}) AS ${quoteIdentifier(column.name)}`,
      ),
      ...sources.map(
        ({ field, type, transform }, i) =>
          `${transformSql(transform, field.name, type)} AS ${keys[i]}`,
      ),
    ];
    const folder = join(pathFromUri(this.metadata.location), 'data', `run_${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    const target = keys.length === 0 ? join(folder, 'part.parquet') : folder;
    const partitioning =
      keys.length === 0
        ? ''
        : `, PARTITION_BY (${keys.join(', ')}), HIVE_FILE_PATTERN false, FILENAME_PATTERN 'f_{uuid}', APPEND true`;
    const written = await this.#lab.duckdb.runAndReadAll(
      `COPY (SELECT ${select.join(', ')} FROM (${sql})) TO ${quoteText(target)}
       (FORMAT parquet, COMPRESSION snappy, FIELD_IDS ${fieldIdsClause(schema)}, RETURN_STATS${partitioning})`,
    );
    type Entries<T> = { key: string; value: T }[];
    const record = <T>(entries: Entries<T>) =>
      Object.fromEntries(entries.map(({ key, value }) => [key, value]));
    const added = written.getRowObjectsJson().map((row) =>
      dataFileFromStats(
        {
          filename: text(row['filename']),
          count: text(row['count']),
          fileSizeBytes: text(row['file_size_bytes']),
          columnStatistics: record(
            (row['column_statistics'] as Entries<Entries<string>>).map(({ key, value }) => ({
              key,
              value: record(value),
            })),
          ),
          ...(row['partition_keys'] === null
            ? {}
            : { partitionKeys: record(row['partition_keys'] as Entries<string | null>) }),
        },
        { schema, spec },
      ),
    );
    return { added: JSON.parse(JSON.stringify(added)), schema, spec };
  }

  async stage(
    branch: string,
    sql: string,
    options: {
      removed?: ReadonlySet<string>;
      partitionBy?: readonly { column: string; transform: string }[];
    } = {},
  ): Promise<void> {
    const batch = await this.copy(sql, options.partitionBy);
    const parent = findRefSnapshot(this.metadata, branch) ?? findRefSnapshot(this.metadata, 'main');
    const { snapshot } = await writeSnapshot(this.#lab.files, {
      ...batch,
      metadata: this.metadata,
      ...(parent === undefined ? {} : { parentSnapshotId: parent['snapshot-id'] }),
      removedPaths: options.removed ?? new Set(),
      snapshotId: newSnapshotId(this.metadata, randomBytes),
      nowMs: ++this.nowMs,
      uuid: randomUUID(),
    });
    await this.commit(
      addSnapshot(this.metadata, {
        snapshot,
        branch,
        schema: batch.schema,
        spec: batch.spec,
        nowMs: this.nowMs,
      }),
    );
  }

  async publish(branch: string): Promise<void> {
    await this.commit(publishBranch(this.metadata, branch, ++this.nowMs));
  }

  async append(sql: string, partitionBy: readonly { column: string; transform: string }[] = []) {
    await this.stage('run_x', sql, { partitionBy });
    await this.publish('run_x');
  }

  /** Passes through the disk, so that every test also covers a read after a restart. */
  async commit(next: TableMetadata): Promise<void> {
    const sealed =
      this.location === undefined
        ? next
        : sealCommit({
            next,
            previous: this.metadata,
            previousFile: this.location,
            nowMs: this.nowMs,
          }).metadata;
    const name = metadataFileName(nextVersion(this.location), randomUUID());
    this.location = metadataUri(next.location, name);
    await this.#lab.files.writeNew(this.location, Buffer.from(serializeTableMetadata(sealed)));
    this.metadata = parseTableMetadata(
      Buffer.from(await this.#lab.files.read(this.location)).toString(),
    );
    expect(this.metadata).toEqual(sealed);
  }

  async live(ref = 'main') {
    const snapshot = findRefSnapshot(this.metadata, ref);
    return snapshot === undefined
      ? []
      : readLiveFiles(this.#lab.files, this.metadata, snapshot['snapshot-id']);
  }

  async sql(ref = 'main'): Promise<string> {
    const id = findRefSnapshot(this.metadata, ref)?.['schema-id'];
    const schema = this.metadata.schemas.find((other) => other['schema-id'] === id);
    if (schema === undefined) throw new Error('no such branch');
    return tableScanSql({ schema, files: await this.live(ref) });
  }

  async rows(order: string, ref = 'main'): Promise<unknown[]> {
    return this.#lab.rows(`SELECT * FROM (${await this.sql(ref)}) ORDER BY ${order}`);
  }

  /** The rows of main in an independent reader, in the order of their id. */
  async foreignRows(): Promise<Record<string, unknown>[]> {
    const read = await icebergRead({
      tableUrl: this.metadata.location,
      metadata: this.metadata as unknown as NonNullable<
        Parameters<typeof icebergRead>[0]['metadata']
      >,
    });
    return read
      .map((row: Record<string, unknown>) => JSON.parse(JSON.stringify(row, plain)))
      .sort(
        (a: Record<string, unknown>, b: Record<string, unknown>) =>
          Number(a['id']) - Number(b['id']),
      );
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('DuckDB returns this as text');
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
