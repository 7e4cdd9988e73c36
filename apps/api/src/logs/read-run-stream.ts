import type { Logger } from '@rat/runtime';
import { readStream, type Database, type RunEvent } from '@rat/store';
import { readArchive } from '../runner-client/read-archive.ts';

/**
 * Dependencies of reading a run's log: the database also lists the runners that read archived logs.
 */
export interface LogSource {
  db: Database;
  log: Logger;
}

/** A line has up to 16 KiB, so a page of the longest lines is 8 MB. */
const PAGE_ROWS = 500;

/**
 * Reads the rows of a run's stream after `afterSeq`, in pages, up to its current end. The rows come
 * from Postgres, or from the archive once the stream is archived, which may happen during the read.
 * Throws UnavailableError like `readArchive`.
 */
export async function* readRunStream(
  deps: LogSource,
  from: { runId: string; afterSeq: number; kind?: RunEvent['kind'] | undefined },
): AsyncGenerator<RunEvent[], void> {
  const { runId, kind } = from;
  let { afterSeq } = from;
  for (;;) {
    const page = await readStream(deps.db, { runId, afterSeq, limit: PAGE_ROWS });
    if (page.kind === 'archived') {
      yield* readArchive(deps, { path: page.path, afterSeq, kind });
      return;
    }
    const wanted = page.rows.filter((row) => kind === undefined || row.kind === kind);
    if (wanted.length > 0) yield wanted;
    if (page.rows.length < PAGE_ROWS) return;
    afterSeq = page.rows.at(-1)?.seq ?? afterSeq;
  }
}
