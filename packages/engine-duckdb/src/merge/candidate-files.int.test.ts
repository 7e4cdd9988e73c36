import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { lowerBound, upperBound } from '../../../iceberg/src/format/bounds.ts';
import type { DataFile } from '../../../iceberg/src/format/data-file.ts';
import type { Schema } from '../../../iceberg/src/format/types.ts';
import { candidateFilesSql } from './candidate-files.ts';
import { BATCH } from '@rat/domain';

const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: 'id', required: false, type: 'long' },
    { id: 2, name: 'it"s', required: false, type: 'string' },
  ],
};

let connection: DuckDBConnection;
let instance: DuckDBInstance;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

interface Range {
  id?: [string, string];
  text?: [string, string];
  nulls?: number;
}

function file(path: string, { id, text, nulls }: Range): DataFile {
  const bounds = (side: 0 | 1, of: typeof lowerBound): Record<number, string> => {
    const encode = (type: string, value: string): string =>
      Buffer.from(of(type, value) ?? []).toString('base64');
    return {
      ...(id && { 1: encode('long', id[side]) }),
      ...(text && { 2: encode('string', text[side]) }),
    };
  };
  return {
    content: 'data',
    path,
    format: 'PARQUET',
    partition: {},
    specId: 0,
    recordCount: 1,
    fileSize: 1,
    ...(nulls === undefined ? {} : { nullCounts: { 1: nulls, 2: nulls } }),
    lowerBounds: bounds(0, lowerBound),
    upperBounds: bounds(1, upperBound),
  };
}

async function candidates(files: DataFile[], keys: string[], batch: string): Promise<string[]> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${BATCH} AS ${batch}`);
  const reader = await connection.runAndReadAll(candidateFilesSql(files, schema, keys));
  return reader
    .getRows()
    .map(([path]) => String(path))
    .sort();
}

const files = [
  file('low', { id: ['0', '9'], text: ['a', 'b'], nulls: 0 }),
  file('middle', { id: ['10', '19'], text: ['b', 'c'], nulls: 0 }),
  file('high', { id: ['20', '29'], text: ['c', 'd'], nulls: 1 }),
];

test.each<[string, string[], string, string[]]>([
  [
    'a file between two keys is not a candidate',
    ['id'],
    'SELECT unnest([5, 25]) AS id',
    ['high', 'low'],
  ],
  ['a key outside of all ranges has no candidate files', ['id'], 'SELECT 30 AS id', []],
  ['a NULL key selects the files with NULLs', ['id'], 'SELECT NULL::BIGINT AS id', ['high']],
  ['an empty batch has no candidate files', ['id'], 'SELECT 5 AS id WHERE false', []],
  [
    'all parts of a key must lie within a file’s ranges',
    ['id', 'it"s'],
    `SELECT 5 AS id, 'b' AS "it""s" UNION ALL SELECT 15, 'a'`,
    ['low'],
  ],
])('%s', async (_, keys, batch, expected) => {
  expect(await candidates(files, keys, batch)).toEqual(expected);
});

test('a file with unknown bounds may contain every key', async () => {
  const unknown = [file('unknown', {})];
  expect(await candidates(unknown, ['id'], 'SELECT 5 AS id')).toEqual(['unknown']);
  expect(await candidates(unknown, ['id'], 'SELECT NULL::BIGINT AS id')).toEqual(['unknown']);
});
