import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalTableFiles } from '@rat/storage';
import type { DataFile } from '../format/data-file.ts';
import { UNPARTITIONED, type Schema } from '../format/types.ts';
import { adoptSnapshot } from './adopt-snapshot.ts';
import { stageChange } from './table-state.ts';
import type { TableState } from './write-state.ts';

const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [{ id: 1, name: 'n', required: false, type: 'long' }],
};

let root: string;
let files: LocalTableFiles;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-adopt-'));
  files = new LocalTableFiles(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

function dataFile(name: string, folder = 'orders/data/run_1_1'): DataFile {
  return {
    content: 'data',
    path: files.uri(folder, name),
    format: 'PARQUET',
    partition: {},
    specId: 0,
    recordCount: 3,
    fileSize: 100,
    lowerBounds: { 1: 'AQAAAAAAAAA=' },
  };
}

/** The private table of an engine that wrote these files, one commit for each list. */
async function privateTable(...commits: DataFile[][]): Promise<string> {
  let current: TableState | undefined;
  for (const [index, added] of commits.entries()) {
    current = await stageChange(files, {
      tableUri: files.uri('orders/data/run_1_1'),
      current,
      runId: `0190a2b4-0000-7000-8000-00000000000${index}`,
      added,
      removed: new Set(),
      schema,
      spec: UNPARTITIONED,
      maxBranchAgeMs: 1_000,
      nowMs: Date.now(),
    });
  }
  if (current === undefined) throw new Error('nothing was committed');
  return current.location;
}

test('the files of a private table are adopted with their statistics', async () => {
  const location = await privateTable([dataFile('a.parquet'), dataFile('b.parquet')]);
  const adopted = await adoptSnapshot(files, location, files.uri('orders/data/'));
  expect(new Set(adopted.map(({ path }) => path.split('/').at(-1)))).toEqual(
    new Set(['a.parquet', 'b.parquet']),
  );
  expect(adopted[0]).toMatchObject({ recordCount: 3, lowerBounds: { 1: 'AQAAAAAAAAA=' } });
});

test('a private table with a second commit is refused: an engine writes once', async () => {
  const location = await privateTable([dataFile('a.parquet')], [dataFile('b.parquet')]);
  await expect(adoptSnapshot(files, location, files.uri('orders/data/'))).rejects.toThrow(
    'has one snapshot, this one has 2',
  );
});

test('a file outside of the folder of the table is refused', async () => {
  const location = await privateTable([dataFile('a.parquet', 'customers/data/run_2_1')]);
  await expect(adoptSnapshot(files, location, files.uri('orders/data/'))).rejects.toThrow(
    'lies outside of its folder',
  );
});
