import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathFromUri } from './file-uri.ts';
import { syncPath } from './sync-path.ts';

/** The number of threads that Node has for file system calls. */
const AT_ONCE = 4;

/** The folders of the layer and the namespace, and the warehouse itself. */
const FOLDERS_ABOVE_A_TABLE = 3;

/** The write bits of a file's mode. A table's file is never written a second time. */
const WRITE_BITS = 0o222;

/** Error codes of file systems that store no modes. */
const KEEPS_NO_MODES: readonly unknown[] = ['EPERM', 'ENOTSUP', 'ENOSYS'];

/**
 * Makes files that DuckDB wrote below a table's folder durable and read-only, together with their
 * names and folders. DuckDB does not fsync, and a table must never refer to rows that a power cut
 * removes. An abort takes effect between two files.
 *
 * Local by nature: for a remote store, the upload of the files takes its place.
 */
export async function syncFiles(
  uris: readonly string[],
  table: { folder: string; signal?: AbortSignal },
): Promise<void> {
  const paths = uris.map(pathFromUri);
  await forEach(paths, table.signal, sealFile);
  await forEach(foldersOf(paths, table.folder), table.signal, syncPath);
}

async function sealFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const { mode } = await handle.stat();
    await handle.chmod(mode & 0o777 & ~WRITE_BITS).catch((error: unknown) => {
      if (!hasCode(error) || !KEEPS_NO_MODES.includes(error.code)) throw error;
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function hasCode(error: unknown): error is { code: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error;
}

/** Each file's folders up to the warehouse: on a table's first run all of them are new. */
function foldersOf(paths: readonly string[], tableFolder: string): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); at.startsWith(tableFolder); at = dirname(at)) folders.add(at);
  }
  let above = tableFolder;
  for (let n = 0; folders.size > 0 && n < FOLDERS_ABOVE_A_TABLE; n += 1) {
    above = dirname(above);
    folders.add(above);
  }
  return [...folders];
}

async function forEach(
  paths: readonly string[],
  signal: AbortSignal | undefined,
  step: (path: string) => Promise<void>,
): Promise<void> {
  const rest = [...paths];
  const oneByOne = async (): Promise<void> => {
    for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
      signal?.throwIfAborted();
      await step(path);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, oneByOne));
}
