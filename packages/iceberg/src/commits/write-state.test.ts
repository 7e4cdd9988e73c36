import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { newTableMetadata } from './new-table.ts';
import type { TableFiles } from '@rat/storage';
import { readTableState, writeState } from './write-state.ts';

class MemoryFiles implements TableFiles {
  readonly files = new Map<string, Uint8Array>();
  reads = 0;

  async read(uri: string): Promise<Uint8Array> {
    this.reads += 1;
    const bytes = this.files.get(uri);
    if (bytes === undefined) throw new Error('no such file');
    return bytes;
  }

  async fingerprint(uri: string): Promise<string> {
    return String(this.files.get(uri)?.length);
  }

  async writeNew(uri: string, bytes: Uint8Array): Promise<void> {
    this.files.set(uri, bytes);
  }

  async remove(uri: string): Promise<void> {
    this.files.delete(uri);
  }

  async list(): Promise<[]> {
    return [];
  }

  canonicalUri(uri: string): string {
    return uri;
  }
}

const metadata = newTableMetadata({
  location: 'file:///t',
  uuid: randomUUID(),
  schema: { type: 'struct', 'schema-id': 0, fields: [] },
  spec: { 'spec-id': 0, fields: [] },
  nowMs: 1,
});

test('a recent version is answered from the cache and equals its file', async () => {
  const writer = new MemoryFiles();
  const written = await writeState(writer, undefined, metadata, 1);
  const known = await readTableState(writer, written.location);
  expect(writer.reads).toBe(0);

  const reader = new MemoryFiles();
  for (const [uri, bytes] of writer.files) await reader.writeNew(uri, bytes);
  const read = await readTableState(reader, written.location);
  expect(read).toEqual(known);
  await readTableState(reader, written.location);
  expect(reader.reads).toBe(1);
});

test('a failed read is not cached', async () => {
  const files = new MemoryFiles();
  await expect(readTableState(files, 'file:///t/missing')).rejects.toThrow('no such file');
  await expect(readTableState(files, 'file:///t/missing')).rejects.toThrow('no such file');
  expect(files.reads).toBe(2);
});
