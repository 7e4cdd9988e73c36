import { readStream, type RunEvent } from '@rat/store';
import { readArchive } from '../runner-client/read-archive.ts';
import type { LogSource } from './log-deps.ts';

/** Lines may be 16 KiB long: a page of the longest is 8 MB. */
const PAGE_ROWS = 500;

/**
 * The rows of a run's stream after `afterSeq`, some at a time, wherever they are: from Postgres, and when the stream was
 * moved to a file, or is while it is read, from there. Ends where the stream does for now. Throws UnavailableError as
 * `readArchive` does.
 */
export async function* readRunStream(
  deps: LogSource,
  from: { runId: string; afterSeq: number; kind?: RunEvent['kind'] | undefined },
): AsyncGenerator<RunEvent[], void> {
  const { runId, kind } = from;
  let { afterSeq } = from;
  for (;;) {
    const page = await readStream(deps.db, { runId, afterSeq, limit: PAGE_ROWS, kind });
    if (page.kind === 'archived') {
      yield* readArchive(deps, { path: page.path, afterSeq, kind });
      return;
    }
    if (page.rows.length > 0) yield page.rows;
    if (page.rows.length < PAGE_ROWS) return;
    afterSeq = page.rows.at(-1)?.seq ?? afterSeq;
  }
}
