import { expect, test } from '@jest/globals';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileUri } from './file-uri.ts';
import { syncFiles } from './sync-files.ts';

test('synced files become read-only, and a failed sync or an abort is an error', async () => {
  const root = await mkdtemp(join(tmpdir(), 'rat-sync-'));
  try {
    const uris = Array.from({ length: 9 }, (_, i) => fileUri(join(root, `${i}.parquet`)));
    for (const [i] of uris.entries()) await writeFile(join(root, `${i}.parquet`), String(i));
    const table = { folder: root };
    await syncFiles(uris, table);
    expect((await stat(join(root, '0.parquet'))).mode & 0o222).toBe(0);
    await syncFiles([], table);
    const missing = fileUri(join(root, 'missing.parquet'));
    await expect(syncFiles([...uris, missing], table)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(syncFiles(uris, { ...table, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
