import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  DuckDBInstance,
  DuckDBTypeId,
  type DuckDBConnection,
  type DuckDBType,
} from '@duckdb/node-api';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConflictError, quoteIdentifier, quoteText } from '@rat/domain';
import { icebergRead } from 'icebird';
import { boundsRows } from './bounds-rows.ts';
import type { ColumnType } from './column-types.ts';
import { duckdbType, storedColumn } from './column-types.ts';
import { dataFileFromStats, partitionColumnName } from './data-file-from-stats.ts';
import type { DataFile } from '../../../iceberg/src/format/data-file.ts';
import { evolveSchema } from '../../../iceberg/src/schema/evolve-schema.ts';
import { unreachableFiles } from '../../../iceberg/src/commits/expire-files.ts';
import { expireSnapshots } from '../../../iceberg/src/commits/expire-snapshots.ts';
import { fieldIdsClause } from './field-ids.ts';
import {
  metadataFileName,
  metadataUri,
  nextVersion,
} from '../../../iceberg/src/format/file-names.ts';
import { addSnapshot, publishBranch } from '../../../iceberg/src/commits/metadata-ops.ts';
import { newTableMetadata } from '../../../iceberg/src/commits/new-table.ts';
import {
  readLiveFiles,
  readManifestFile,
  readSnapshotManifests,
} from '../../../iceberg/src/commits/read-snapshot.ts';
import { tableScanSql } from './table-scan-sql.ts';
import { sealCommit } from '../../../iceberg/src/commits/seal-commit.ts';
import {
  findRefSnapshot,
  getSnapshot,
  newSnapshotId,
} from '../../../iceberg/src/commits/snapshot-graph.ts';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import {
  parseTableMetadata,
  serializeTableMetadata,
} from '../../../iceberg/src/format/table-metadata.ts';
import { assignSchemaId, assignSpecId } from '../../../iceberg/src/schema/table-schemas.ts';
import { partitionFieldName } from '../../../iceberg/src/format/transforms.ts';
import { transformSql } from './transform-sql.ts';
import type { Schema, TableMetadata } from '../../../iceberg/src/format/types.ts';
import { writeSnapshot } from '../../../iceberg/src/commits/write-snapshot.ts';

let root: string;
let files: LocalTableFiles;
let instance: DuckDBInstance;
let duckdb: DuckDBConnection;
const fetchBefore = globalThis.fetch;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat iceberg-'));
  files = new LocalTableFiles(root);
  instance = await DuckDBInstance.create(':memory:');
  duckdb = await instance.connect();
  await duckdb.run(`SET TimeZone = 'UTC'`);
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
});

afterEach(async () => {
  globalThis.fetch = fetchBefore;
  duckdb.closeSync();
  instance.closeSync();
  await rm(root, { recursive: true, force: true });
});

async function rows(sql: string): Promise<unknown[]> {
  return (await duckdb.runAndReadAll(sql)).getRowObjectsJson();
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('DuckDB returns this as text');
}

function columnType(type: DuckDBType): ColumnType {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      return { kind: 'decimal', precision: type.width, scale: type.scale };
    case DuckDBTypeId.LIST:
      return { kind: 'list', element: columnType(type.valueType) };
    case DuckDBTypeId.MAP:
      return { kind: 'map', key: columnType(type.keyType), value: columnType(type.valueType) };
    case DuckDBTypeId.STRUCT:
      return {
        kind: 'struct',
        fields: type.entryTypes.map((entry, i) => ({
          name: type.entryNames[i] ?? '',
          type: columnType(entry),
        })),
      };
    default:
      return { kind: 'primitive', name: type.alias ?? type.toString() };
  }
}

/**
 * A table as a run uses it: files of DuckDB become a snapshot on a branch, and the branch becomes
 * main.
 */
class TestTable {
  metadata: TableMetadata;
  location: string | undefined;
  nowMs = 1_700_000_000_000;

  constructor(name = 'orders') {
    this.metadata = newTableMetadata({
      location: files.uri(name),
      uuid: randomUUID(),
      schema: { type: 'struct', 'schema-id': 0, fields: [] },
      nowMs: this.nowMs,
    });
  }

  async copy(
    sql: string,
    partitionBy: readonly { column: string; transform: string }[] = [],
  ): Promise<{ added: DataFile[]; schema: Schema; spec: TableMetadata['partition-specs'][0] }> {
    const probe = await duckdb.run(`SELECT * FROM (${sql}) LIMIT 0`);
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
    const written = await duckdb.runAndReadAll(
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
    const { snapshot } = await writeSnapshot(files, {
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
    await files.writeNew(this.location, Buffer.from(serializeTableMetadata(sealed)));
    this.metadata = parseTableMetadata(Buffer.from(await files.read(this.location)).toString());
    expect(this.metadata).toEqual(sealed);
  }

  async live(ref = 'main') {
    const snapshot = findRefSnapshot(this.metadata, ref);
    return snapshot === undefined
      ? []
      : readLiveFiles(files, this.metadata, snapshot['snapshot-id']);
  }

  async sql(ref = 'main'): Promise<string> {
    const id = findRefSnapshot(this.metadata, ref)?.['schema-id'];
    const schema = this.metadata.schemas.find((other) => other['schema-id'] === id);
    if (schema === undefined) throw new Error('no such branch');
    return tableScanSql({ schema, files: await this.live(ref) });
  }

  async rows(order: string, ref = 'main'): Promise<unknown[]> {
    return rows(`SELECT * FROM (${await this.sql(ref)}) ORDER BY ${order}`);
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

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

async function exists(uri: string): Promise<boolean> {
  return stat(pathFromUri(uri)).then(
    () => true,
    () => false,
  );
}

describe('a table that DuckDB wrote', () => {
  test('a table reads the same with our reader and with an independent one', async () => {
    const table = new TestTable();
    await table.append(
      `SELECT i::INTEGER AS id, 'n' || i AS name, i * 1.5::DOUBLE AS d FROM range(100) t(i)`,
    );
    await table.append(
      `SELECT (100 + i)::INTEGER AS id, NULL::VARCHAR AS name, 0.0::DOUBLE AS d FROM range(5) t(i)`,
    );
    const ours = await rows(
      `SELECT id::INTEGER AS id, name, d FROM (${await table.sql()}) ORDER BY id`,
    );
    expect(ours).toHaveLength(105);
    const foreign = await table.foreignRows();
    expect(foreign.map((row) => [row['id'], row['name'] ?? null, row['d']])).toEqual(
      ours.map((row) => Object.values(row as object)).map(([id, name, d]) => [Number(id), name, d]),
    );
    const snapshot = findRefSnapshot(table.metadata, 'main');
    expect(snapshot?.summary).toMatchObject({
      operation: 'append',
      'added-records': '5',
      'total-records': '105',
      'total-data-files': '2',
    });
  });

  test('a column of every type keeps its values within its bounds', async () => {
    const table = new TestTable();
    const sql = `SELECT i::INTEGER AS id, i::HUGEINT * 10000000000000000000 AS big, (i - 1)::DECIMAL(9,2) / 4 AS "de c",
      i % 2 = 0 AS ok, DATE '1969-12-30' + i::INTEGER AS d, TIMESTAMP '1969-12-31 23:59:59.999999' + i * INTERVAL 1 DAY AS ts,
      TIMESTAMPTZ '1969-12-31 23:00:00+02' AS tz, ('\\x00\\xFF' || chr(65 + i::INTEGER))::BLOB AS b,
      ('00000000-0000-0000-0000-00000000000' || i)::UUID AS u, {'a': i, 'b''c': [i]} AS st, MAP {'k': i} AS mp,
      [i, NULL] AS li, TIME '01:02:03' AS t, CASE WHEN i = 1 THEN 'nan'::DOUBLE ELSE i END AS f, '{"a":1}'::JSON AS j
      FROM range(3) r(i)`;
    await table.append(sql);
    expect(await table.rows('id')).toEqual(
      await rows(
        `SELECT * REPLACE (t::VARCHAR AS t, big::DECIMAL(38,0) AS big, j::VARCHAR AS j, "de c"::DOUBLE AS "de c") FROM (${sql}) ORDER BY id`,
      ),
    );
    const schema = table.metadata.schemas.at(-1);
    if (schema === undefined) throw new Error('the table has no schema');
    const live = await table.live();
    for (const field of schema.fields.filter((other) => typeof other.type === 'string')) {
      const [bounds] = boundsRows(live, schema, field.id);
      if (field.type === 'double') {
        expect(bounds).toMatchObject({ lower: null, upper: null });
        continue;
      }
      const name = quoteIdentifier(field.name);
      const cast = (text: string | null | undefined) =>
        field.type === 'binary'
          ? `unhex(${quoteText(text ?? '')})`
          : `CAST(${quoteText(text ?? '')} AS ${field.type === 'decimal(38, 0)' ? 'DECIMAL(38,0)' : 'VARCHAR'})`;
      const value =
        field.type === 'binary' || field.type === 'decimal(38, 0)' ? name : `${name}::VARCHAR`;
      expect(
        await rows(
          `SELECT min(${value}) = ${cast(bounds?.lower)} AS lo, max(${value}) = ${cast(bounds?.upper)} AS hi FROM (${await table.sql()})`,
        ),
      ).toEqual([{ lo: true, hi: true }]);
    }
  });

  test('added, dropped and widened columns are read from old files too', async () => {
    const table = new TestTable();
    await table.append(
      `SELECT 1::INTEGER AS id, 1.5::FLOAT AS f, 'gone' AS old, {'a': 1::INTEGER} AS st`,
    );
    await table.append(
      `SELECT 5000000000::BIGINT AS id, 2.5::DOUBLE AS f, {'b': 'x', 'a': 2::BIGINT} AS st, 'y' AS "we""ird"`,
    );
    expect(await table.rows('id')).toEqual([
      { id: '1', f: 1.5, old: 'gone', st: { a: '1', b: null }, 'we"ird': null },
      { id: '5000000000', f: 2.5, old: null, st: { a: '2', b: 'x' }, 'we"ird': 'y' },
    ]);
    const schema = table.metadata.schemas.at(-1);
    if (schema === undefined) throw new Error('the table has no schema');
    expect(boundsRows(await table.live(), schema, 1).map((row) => row.lower)).toEqual([
      '5000000000',
      '1',
    ]);
    expect(table.metadata['current-schema-id']).toBe(schema['schema-id']);
  });

  test('partitions before 1970, without a value or with odd names are read back', async () => {
    const table = new TestTable();
    await table.append(
      `SELECT i::INTEGER AS id, CASE WHEN i < 4 THEN TIMESTAMP '1969-12-31 22:30:00' + i * INTERVAL 1 HOUR END AS ts,
        CASE WHEN i % 2 = 0 THEN 'é/=' || i END AS "k y", 'v' || i AS v FROM range(6) t(i)`,
      [
        { column: 'ts', transform: 'day' },
        { column: 'k y', transform: 'identity' },
        { column: 'ts', transform: 'hour' },
        { column: 'id', transform: 'truncate[4]' },
      ],
    );
    const live = await table.live();
    expect(live.map((file) => Object.values(file.partition).map(String).join(' ')).sort()).toEqual([
      '1969-12-31 null -1 0',
      '1969-12-31 é/=0 -2 0',
      '1970-01-01 null 1 0',
      '1970-01-01 é/=2 0 0',
      'null null null 4',
      'null é/=4 null 4',
    ]);
    const ours = await table.rows('id');
    expect(ours).toHaveLength(6);
    expect(ours[5]).toEqual({ id: 5, ts: null, 'k y': null, v: 'v5' });
    // The independent reader finds columns by name, and expects a changed name for "k y" in files.
    expect((await table.foreignRows()).map((row) => [row['id'], row['v']])).toEqual(
      Array.from({ length: 6 }, (_, id) => [id, `v${id}`]),
    );
    expect(table.metadata['partition-specs'].at(-1)?.fields.map((field) => field.name)).toEqual([
      'ts_day',
      'k y',
      'ts_hour',
      'id_trunc',
    ]);
    const [manifest] = await readSnapshotManifests(
      files,
      table.metadata,
      table.metadata['current-snapshot-id'] ?? 0n,
    );
    expect(manifest?.partitions?.[0]).toMatchObject({
      containsNull: true,
      lower: '/////w==',
      upper: 'AAAAAA==',
    });
  });
});

describe('a branch', () => {
  test('a branch’s rows and columns are visible only on the branch, until it is published', async () => {
    const table = new TestTable();
    await table.append('SELECT 1::INTEGER AS id');
    await table.stage('run_1', `SELECT 2::INTEGER AS id, 'new' AS extra`);
    expect(await table.rows('id')).toEqual([{ id: 1 }]);
    expect(await table.foreignRows()).toEqual([{ id: 1 }]);
    const staged = [
      { id: 1, extra: null },
      { id: 2, extra: 'new' },
    ];
    expect(await table.rows('id', 'run_1')).toEqual(staged);
    await table.publish('run_1');
    expect(await table.rows('id')).toEqual(staged);
  });

  test('a new table with only a branch has no rows for readers', async () => {
    const table = new TestTable();
    await table.stage('run_1', 'SELECT 1::INTEGER AS id');
    expect(table.metadata['current-snapshot-id']).toBeUndefined();
    expect(
      await rows(
        tableScanSql({
          schema: table.metadata.schemas.at(-1) ??
            table.metadata.schemas[0] ?? { type: 'struct', fields: [], 'schema-id': 0 },
          files: [],
        }),
      ),
    ).toEqual([]);
    await table.publish('run_1');
    expect(await table.foreignRows()).toEqual([{ id: 1 }]);
  });
});

describe('a replacement', () => {
  test('a replacement removes exactly the named files and keeps the sequence numbers of the others', async () => {
    const table = new TestTable();
    const byId = [{ column: 'id', transform: 'identity' }];
    await table.append('SELECT i::INTEGER AS id, 0 AS v FROM range(3) t(i)', byId);
    await table.append('SELECT 3::INTEGER AS id, 0 AS v', byId);
    const before = await table.live();
    const one = before.find((file) => Object.values(file.partition)[0] === '1');
    if (one === undefined) throw new Error('no file of partition 1');
    await table.stage('run_1', 'SELECT 1::INTEGER AS id, 9 AS v', {
      removed: new Set([one.path]),
      partitionBy: byId,
    });
    await table.publish('run_1');
    const expected = [0, 9, 0, 0].map((v, id) => ({ id, v }));
    expect(await table.rows('id')).toEqual(expected);
    expect(await table.foreignRows()).toEqual(expected);
    const ages = (await table.live()).map((file) => [
      Object.values(file.partition)[0],
      file.sequenceNumber,
    ]);
    expect(ages.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      ['0', 1],
      ['1', 3],
      ['2', 1],
      ['3', 2],
    ]);
    const { summary } = getSnapshot(table.metadata, table.metadata['current-snapshot-id'] ?? 0n);
    expect(summary).toMatchObject({
      operation: 'overwrite',
      'deleted-data-files': '1',
      'total-records': '4',
      'manifests-replaced': '1',
      'manifests-kept': '1',
    });
    // A removed file cannot be removed twice, and the failed attempt leaves no files.
    const listed = (await files.list(table.metadata.location)).filter((file) =>
      file.uri.endsWith('.avro'),
    );
    await expect(
      table.stage('run_2', 'SELECT 1::INTEGER AS id, 8 AS v', {
        removed: new Set([one.path]),
        partitionBy: byId,
      }),
    ).rejects.toThrow(ConflictError);
    expect(
      (await files.list(table.metadata.location)).filter((file) => file.uri.endsWith('.avro')),
    ).toEqual(listed);
  });

  test('more than a hundred small manifests are merged, and every file keeps its sequence number', async () => {
    const table = new TestTable();
    const { added, schema, spec } = await table.copy('SELECT 1::INTEGER AS id');
    const [file] = added;
    if (file === undefined) throw new Error('nothing was written');
    for (let i = 0; i < 103; i++) {
      const parent = table.metadata['current-snapshot-id'];
      const written = await writeSnapshot(files, {
        metadata: table.metadata,
        ...(parent === undefined ? {} : { parentSnapshotId: parent }),
        added: [{ ...file, path: `${file.path}.${i}` }],
        removedPaths: new Set(),
        schema,
        spec,
        snapshotId: BigInt(i + 1),
        nowMs: table.nowMs,
        uuid: randomUUID(),
      });
      const staged = addSnapshot(table.metadata, {
        snapshot: written.snapshot,
        branch: 'b',
        schema,
        spec,
        nowMs: table.nowMs,
      });
      table.metadata = publishBranch(staged, 'b', table.nowMs);
    }
    const live = await table.live();
    expect(live.map((one) => one.sequenceNumber).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 103 }, (_, i) => i + 1),
    );
    expect((await readSnapshotManifests(files, table.metadata, 103n)).length).toBeLessThan(5);
  });
});

describe('expiry', () => {
  test('expiry deletes only files that no branch reaches', async () => {
    const table = new TestTable();
    await table.append(`SELECT 1::INTEGER AS id, 'a' AS v`);
    const first = await table.live();
    await table.stage('run_a', `SELECT 2::INTEGER AS id, 'b' AS v`);
    await table.stage('run_b', `SELECT 3::INTEGER AS id, 'c' AS v`, {
      removed: new Set(first.map((file) => file.path)),
    });
    await table.stage('run_c', `SELECT 4::INTEGER AS id, 'd' AS v`);
    const lost = (await table.live('run_c')).filter(
      (file) => !first.some((other) => other.path === file.path),
    );
    const { run_c: _dropped, ...refs } = table.metadata.refs;
    await table.publish('run_b');
    const before = table.metadata;
    const nowMs = table.nowMs + 1e9;
    const { run_c: _gone, ...kept } = before.refs;
    expect(Object.keys(refs)).toEqual(['main', 'run_a', 'run_b']);
    const expiry = expireSnapshots(
      { ...before, refs: kept },
      { olderThanMs: nowMs, keep: new Set(), nowMs },
    );
    await table.commit(expiry.metadata);
    expect(expiry.removed).toHaveLength(2);
    const unreachable = await unreachableFiles({
      before,
      after: table.metadata,
      readManifestList: (uri) => {
        const owner = before.snapshots.find((snapshot) => snapshot['manifest-list'] === uri);
        return readSnapshotManifests(files, before, owner?.['snapshot-id'] ?? 0n);
      },
      readManifest: async (manifest) => (await readManifestFile(files, manifest)).entries,
      isMissing: () => false,
    });
    expect(unreachable.dataFiles).toEqual(lost.map((file) => file.path));
    expect(unreachable.manifestLists).toHaveLength(2);
    for (const uri of [
      ...unreachable.dataFiles,
      ...unreachable.manifests,
      ...unreachable.manifestLists,
    ])
      await files.remove(uri);
    // With new caches: a cached file would hide that it is deleted.
    files = new LocalTableFiles(root);
    for (const ref of ['main', 'run_a']) {
      for (const file of await table.live(ref)) expect(await exists(file.path)).toBe(true);
    }
    expect(await table.rows('id')).toEqual([{ id: 3, v: 'c' }]);
    expect(await table.rows('id', 'run_a')).toEqual([
      { id: 1, v: 'a' },
      { id: 2, v: 'b' },
    ]);
  });
});

describe('table files', () => {
  test('table files are never overwritten, and no path outside of the root is accessed', async () => {
    const uri = files.uri('t', 'a b%20.txt');
    await files.writeNew(uri, Buffer.from('1'));
    await expect(files.writeNew(uri, Buffer.from('2'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(Buffer.from(await files.read(uri)).toString()).toBe('1');
    expect((await files.list(files.uri('t'))).map((file) => [file.uri, file.bytes])).toEqual([
      [uri, 1],
    ]);
    for (const outside of [
      'file:///etc/passwd',
      `${files.uri()}/../x`,
      's3://b/x',
      '/etc/passwd',
    ]) {
      await expect(files.read(outside)).rejects.toThrow(
        expect.objectContaining({ name: 'InputError' }),
      );
    }
    await files.remove(uri);
    await files.remove(uri);
    expect(await files.list(files.uri('nothing'))).toEqual([]);
  });
});
