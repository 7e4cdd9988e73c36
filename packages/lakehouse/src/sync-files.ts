import { dirname } from 'node:path';
import { pathFromUri } from './iceberg/table-files.ts';
import { syncPath } from './sync-path.ts';

/** Node has four threads for such work. */
const AT_ONCE = 4;

/** The namespace's and the layer's folder, and the warehouse itself, which names them. */
const FOLDERS_ABOVE_A_TABLE = 3;

/**
 * Makes durable the files that DuckDB wrote below a table's folder, with their names and those of the folders they are in:
 * it leaves that to the system, which takes its time, and a table must never name rows that a power cut takes away. An
 * abort ends it between two files.
 */
export async function syncFiles(
  uris: readonly string[],
  table: { folder: string; signal?: AbortSignal },
): Promise<void> {
  const paths = uris.map(pathFromUri);
  await syncEach(paths, table.signal);
  await syncEach(foldersOf(paths, table.folder), table.signal);
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

async function syncEach(paths: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const rest = [...paths];
  const syncOneByOne = async (): Promise<void> => {
    for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
      signal?.throwIfAborted();
      await syncPath(path);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, syncOneByOne));
}
