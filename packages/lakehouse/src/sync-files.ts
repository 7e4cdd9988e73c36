import { dirname } from 'node:path';
import { pathFromUri } from './iceberg/table-files.ts';
import { syncPath } from './sync-path.ts';

/** Node has four threads for such work. */
const AT_ONCE = 4;

/**
 * Makes durable, with their names, the files that DuckDB wrote: it leaves that to the system, which takes its time, and
 * a table must never name rows that a power cut takes away. An abort ends it between two files.
 */
export async function syncFiles(uris: readonly string[], signal?: AbortSignal): Promise<void> {
  const paths = uris.map(pathFromUri);
  await syncEach(paths, signal);
  await syncEach([...new Set(paths.map((path) => dirname(path)))], signal);
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
