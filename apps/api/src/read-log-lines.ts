import type { LogLine } from '@rat/contracts';
import { readEvents, type Database } from '@rat/store';
import { presentLogLine } from './present-log-line.ts';

/** Lines may be 16 KiB long: a page of the longest is 8 MB. */
const PAGE_ROWS = 500;

/**
 * The lines of a run's log after `afterSeq` and up to `lastSeq`, page by page: a long log is never held whole. The end
 * is fixed beforehand, so a run that keeps writing cannot keep its reader reading.
 */
export async function* readLogLines(
  db: Database,
  range: { runId: string; afterSeq: number; lastSeq: number },
): AsyncGenerator<LogLine[], void> {
  const { runId, lastSeq } = range;
  let { afterSeq } = range;
  while (afterSeq < lastSeq) {
    const page = await readEvents(db, { runId, afterSeq, limit: PAGE_ROWS, kind: 'log' });
    yield page.filter((row) => row.seq <= lastSeq).map(presentLogLine);
    if (page.length < PAGE_ROWS) return;
    afterSeq = page.at(-1)?.seq ?? lastSeq;
  }
}
