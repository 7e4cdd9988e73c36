import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalTableFiles } from './local-table-files.ts';

let root: string;
let files: LocalTableFiles;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat files-'));
  files = new LocalTableFiles(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('table files are never overwritten, and no path outside of the root is accessed', async () => {
  const uri = files.uri('t', 'a b%20.txt');
  await files.writeNew(uri, Buffer.from('1'));
  await expect(files.writeNew(uri, Buffer.from('2'))).rejects.toMatchObject({ code: 'EEXIST' });
  expect(Buffer.from(await files.read(uri)).toString()).toBe('1');
  expect((await files.list(files.uri('t'))).map((file) => [file.uri, file.bytes])).toEqual([
    [uri, 1],
  ]);
  for (const outside of ['file:///etc/passwd', `${files.uri()}/../x`, 's3://b/x', '/etc/passwd']) {
    await expect(files.read(outside)).rejects.toThrow(
      expect.objectContaining({ name: 'InputError' }),
    );
  }
  await files.remove(uri);
  await files.remove(uri);
  expect(await files.list(files.uri('nothing'))).toEqual([]);
});
