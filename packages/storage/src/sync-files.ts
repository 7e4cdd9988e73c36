import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathFromUri } from './table-files.ts';
import { syncPath } from './sync-path.ts';

/** Node has four threads for such work. */
const AT_ONCE = 4;

/** The namespace's and the layer's folder, and the warehouse itself, which names them. */
const FOLDERS_ABOVE_A_TABLE = 3;

/** The bits of a mode that allow writing. No file of a table is ever written again. */
const WRITE_BITS = 0o222;

/** Answers of file systems that keep no modes. */
const KEEPS_NO_MODES: readonly unknown[] = ['EPERM', 'ENOTSUP', 'ENOSYS'];

/**
 * Makes durable and read-only the files that DuckDB wrote below a table's folder, with their names and those of the folders they are in:
 * it leaves that to the system, which takes its time, and a table must never name rows that a power cut takes away. An
 * abort ends it between two files.
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

/** From each file's own up to the warehouse: on a table's first run all of them are new. */
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
