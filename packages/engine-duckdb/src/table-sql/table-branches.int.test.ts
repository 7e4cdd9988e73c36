import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { ConflictError } from '@rat/domain';
import { unreachableFiles } from '../../../iceberg/src/commits/expire-files.ts';
import { expireSnapshots } from '../../../iceberg/src/commits/expire-snapshots.ts';
import { addSnapshot, publishBranch } from '../../../iceberg/src/commits/metadata-ops.ts';
import {
  readManifestFile,
  readSnapshotManifests,
} from '../../../iceberg/src/commits/read-snapshot.ts';
import { tableScanSql } from './table-scan-sql.ts';
import { getSnapshot } from '../../../iceberg/src/commits/snapshot-graph.ts';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { writeSnapshot } from '../../../iceberg/src/commits/write-snapshot.ts';
import { TableLab } from '../../test/table-lab.ts';

const lab = new TableLab();
beforeEach(() => lab.setUp());
afterEach(() => lab.tearDown());

async function exists(uri: string): Promise<boolean> {
  return stat(pathFromUri(uri)).then(
    () => true,
    () => false,
  );
}

describe('a branch', () => {
  test('a branch’s rows and columns are visible only on the branch, until it is published', async () => {
    const table = lab.table();
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
    const table = lab.table();
    await table.stage('run_1', 'SELECT 1::INTEGER AS id');
    expect(table.metadata['current-snapshot-id']).toBeUndefined();
    expect(
      await lab.rows(
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
    const table = lab.table();
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
    const listed = (await lab.files.list(table.metadata.location)).filter((file) =>
      file.uri.endsWith('.avro'),
    );
    await expect(
      table.stage('run_2', 'SELECT 1::INTEGER AS id, 8 AS v', {
        removed: new Set([one.path]),
        partitionBy: byId,
      }),
    ).rejects.toThrow(ConflictError);
    expect(
      (await lab.files.list(table.metadata.location)).filter((file) => file.uri.endsWith('.avro')),
    ).toEqual(listed);
  });

  test('more than a hundred small manifests are merged, and every file keeps its sequence number', async () => {
    const table = lab.table();
    const { added, schema, spec } = await table.copy('SELECT 1::INTEGER AS id');
    const [file] = added;
    if (file === undefined) throw new Error('nothing was written');
    for (let i = 0; i < 103; i++) {
      const parent = table.metadata['current-snapshot-id'];
      const written = await writeSnapshot(lab.files, {
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
    expect((await readSnapshotManifests(lab.files, table.metadata, 103n)).length).toBeLessThan(5);
  });
});

describe('expiry', () => {
  test('expiry deletes only files that no branch reaches', async () => {
    const table = lab.table();
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
        return readSnapshotManifests(lab.files, before, owner?.['snapshot-id'] ?? 0n);
      },
      readManifest: async (manifest) => (await readManifestFile(lab.files, manifest)).entries,
      isMissing: () => false,
    });
    expect(unreachable.dataFiles).toEqual(lost.map((file) => file.path));
    expect(unreachable.manifestLists).toHaveLength(2);
    for (const uri of [
      ...unreachable.dataFiles,
      ...unreachable.manifests,
      ...unreachable.manifestLists,
    ])
      await lab.files.remove(uri);
    // With new caches: a cached file would hide that it is deleted.
    lab.files = new LocalTableFiles(lab.root);
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
