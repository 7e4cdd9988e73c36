import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalTableFiles } from '@rat/storage';
import type { DataFile } from '../format/data-file.ts';
import { UNPARTITIONED, type Schema } from '../format/types.ts';
import { adoptSnapshot, type ExpectedTable } from './adopt-snapshot.ts';
import { newTableMetadata } from './new-table.ts';
import { stageChange } from './table-state.ts';
import { writeState, type TableState } from './write-state.ts';

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

const adopt = (location: string, over: Partial<ExpectedTable> = {}): Promise<DataFile[]> =>
  adoptSnapshot(files, location, {
    folder: files.uri('orders/data/run_1_1') + '/',
    schema,
    spec: UNPARTITIONED,
    ...over,
  });

test('the files of a private table are adopted with their statistics', async () => {
  const adopted = await adopt(await privateTable([dataFile('a.parquet'), dataFile('b.parquet')]));
  expect(new Set(adopted.map(({ path }) => path.split('/').at(-1)))).toEqual(
    new Set(['a.parquet', 'b.parquet']),
  );
  expect(adopted[0]).toMatchObject({ recordCount: 3, lowerBounds: { 1: 'AQAAAAAAAAA=' } });
});

test('an engine that committed nothing had a result without rows', async () => {
  const metadata = newTableMetadata({
    location: files.uri('orders/data/run_1_1'),
    uuid: '0190a2b4-0000-7000-8000-000000000009',
    schema,
    nowMs: Date.now(),
  });
  const { location } = await writeState(files, undefined, metadata, Date.now());
  expect(await adopt(location)).toEqual([]);
});

test('a private table with a second commit is refused: an engine writes once', async () => {
  const location = await privateTable([dataFile('a.parquet')], [dataFile('b.parquet')]);
  await expect(adopt(location)).rejects.toThrow('its table has 2 snapshots');
});

test.each([
  ['another table', 'customers/data/run_2_1'],
  ['another attempt', 'orders/data/run_1_2'],
  ['another table by a detour', 'orders/data/run_1_1/../../../customers/data/run_2_1'],
])('a file of %s is refused', async (_whose, folder) => {
  const path = `${files.uri()}/${folder}/a.parquet`;
  const location = await privateTable([{ ...dataFile('a.parquet'), path }]);
  await expect(adopt(location)).rejects.toThrow("outside of the attempt's folder");
});

test('a private table with other columns or partitions is refused', async () => {
  const location = await privateTable([dataFile('a.parquet')]);
  const [n] = schema.fields;
  if (n === undefined) throw new Error('no field');
  const other: Schema = { ...schema, fields: [{ ...n, id: 7 }] };
  await expect(adopt(location, { schema: other })).rejects.toThrow('other columns');
  const fields = [{ 'source-id': 1, 'field-id': 1000, name: 'n', transform: 'identity' }];
  await expect(adopt(location, { spec: { 'spec-id': 0, fields } })).rejects.toThrow(
    'other partitions',
  );
});

test('metadata outside of the folder is not read', async () => {
  const elsewhere = files.uri('customers/metadata/v1.metadata.json');
  await expect(adopt(elsewhere)).rejects.toThrow("outside of the attempt's folder");
});
