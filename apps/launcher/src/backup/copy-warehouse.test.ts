import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newTableMetadata } from '@rat/iceberg';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { copyMetadata, copyWarehouse } from './copy-warehouse.ts';

let root: string;
let warehouse: string;
let target: string;
let files: LocalTableFiles;
let said: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-copy-'));
  warehouse = join(root, 'warehouse');
  target = join(root, 'copy');
  files = new LocalTableFiles(warehouse);
  said = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Writes the metadata of an empty table, and returns its location. */
async function writeTable(name: string): Promise<string> {
  const schema = { type: 'struct' as const, 'schema-id': 0, fields: [] };
  const metadata = newTableMetadata({ location: files.uri(name), uuid: name, schema, nowMs: 1 });
  const location = files.uri(name, 'metadata', '00001-a.metadata.json');
  await files.writeNew(location, Buffer.from(JSON.stringify(metadata)));
  return location;
}

function copy(metadataLocations: string[], isNamed: boolean) {
  return copyWarehouse({
    warehouse,
    target,
    metadataLocations,
    logPaths: [],
    isNamed: () => Promise.resolve(isNamed),
    say: (line) => said.push(line),
  });
}

test('metadata that a newer version of the table has replaced and removed asks for a new snapshot', async () => {
  const kept = await writeTable('kept');
  const lost = await writeTable('lost');
  await rm(pathFromUri(lost));
  expect(await copy([kept, lost], false)).toEqual({
    missing: 'lost/metadata/00001-a.metadata.json',
  });
  expect(said).toEqual([]);
});

test('metadata that is removed during the copy of the database is in the backup', async () => {
  const kept = await writeTable('kept');
  const busy = await writeTable('busy');
  await copyMetadata(warehouse, target, [kept, busy]);
  await rm(pathFromUri(busy));
  expect(await copy([kept, busy], false)).toMatchObject({
    readable: [kept, busy],
    incomplete: [],
    files: 2,
  });
  expect((await readdir(target)).toSorted()).toEqual(['busy', 'kept']);
});

test.each(['lost', 'unreadable'])(
  'a table whose current metadata is %s is named as incomplete and the others are copied',
  async (kind) => {
    const damaged = await writeTable('damaged');
    const kept = await writeTable('kept');
    if (kind === 'lost') await rm(pathFromUri(damaged));
    else await writeFile(pathFromUri(damaged), '{');
    expect(await copy([damaged, kept], true)).toMatchObject({
      readable: [kept],
      incomplete: [damaged],
    });
    expect(said).toEqual([expect.stringContaining('a table is damaged')]);
  },
);

test('a table of another storage is left out with a warning', async () => {
  const kept = await writeTable('kept');
  const elsewhere = 's3://other/t/metadata/00001-a.metadata.json';
  await copyMetadata(warehouse, target, [kept, elsewhere]);
  expect(await copy([kept, elsewhere], true)).toMatchObject({ readable: [kept], incomplete: [] });
  expect(said).toEqual([expect.stringContaining(elsewhere)]);
});
