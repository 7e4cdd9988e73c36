import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newTableMetadata } from '../commits/new-table.ts';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import type { TableMetadata } from '../format/types.ts';
import { findOrphans } from './find-orphans.ts';

let root: string;
let files: LocalTableFiles;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-orphans-'));
  files = new LocalTableFiles(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Writes a file that is an hour old. */
async function writeOld(name: string): Promise<string> {
  const uri = files.uri('t', 'metadata', name);
  await files.writeNew(uri, Buffer.from('x'));
  const anHourAgo = new Date(Date.now() - 3_600_000);
  await utimes(pathFromUri(uri), anHourAgo, anHourAgo);
  return uri;
}

function metadataAt(location: string): TableMetadata {
  const schema = { type: 'struct' as const, 'schema-id': 0, fields: [] };
  return newTableMetadata({ location, uuid: 'u', schema, nowMs: 1 });
}

const options = { olderThanMs: Date.now() - 1_000, isStaging: () => false };

test.each(['file:', 'file://', 'file:///'])(
  'a file referred to with %s is not an orphan, and an unreferenced file is',
  async (scheme) => {
    const current = await writeOld('00001-a.metadata.json');
    const lost = await writeOld('00000-b.metadata.json');
    const spelled = (uri: string): string => scheme + pathFromUri(uri);
    const state = { location: spelled(current), metadata: metadataAt(spelled(files.uri('t'))) };
    const found = await findOrphans(files, state, options);
    expect(found.map(({ uri }) => uri)).toEqual([lost]);
  },
);

test('a table with gc.enabled=false has no orphans', async () => {
  const location = await writeOld('00001-a.metadata.json');
  await writeOld('00000-b.metadata.json');
  const metadata = { ...metadataAt(files.uri('t')), properties: { 'gc.enabled': 'false' } };
  expect(await findOrphans(files, { location, metadata }, options)).toEqual([]);
});
