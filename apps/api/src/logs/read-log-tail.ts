import { readStreamBack, type RunEvent } from '@rat/store';
import { readArchive } from '../runner-client/read-archive.ts';
import { isWanted, type LogFilter } from './log-filter.ts';
import type { LogSource } from './read-run-stream.ts';

/** A line has up to 16 KiB, so a page of the longest lines is 8 MB. */
const PAGE_ROWS = 500;

/** The end of a log. */
export interface LogTail {
  /** In the order of the log. */
  lines: RunEvent[];
  /** Whether further lines that the filter lets pass precede them. */
  hasEarlier: boolean;
}

/**
 * Reads the last `tail` lines that pass the filter, of those after `afterSeq` and before
 * `beforeSeq`. A stored log is read from its end; an archived log is one compressed file and is read
 * as a whole. Throws like `readRunStream`.
 */
export async function readLogTail(
  deps: LogSource,
  range: { runId: string; afterSeq: number; beforeSeq: number; tail: number; filter: LogFilter },
): Promise<LogTail> {
  const { runId, afterSeq, tail, filter } = range;
  let { beforeSeq } = range;
  const newestFirst: RunEvent[] = [];
  while (newestFirst.length <= tail) {
    const query = { runId, afterSeq, beforeSeq, limit: PAGE_ROWS, kind: 'log' } as const;
    const page = await readStreamBack(deps.db, query);
    if (page.kind === 'archived') return readArchivedTail(deps, page.path, range);
    newestFirst.push(...page.rows.filter((line) => isWanted(line, filter)));
    if (page.rows.length < PAGE_ROWS) break;
    beforeSeq = page.rows.at(-1)?.seq ?? afterSeq;
  }
  return {
    lines: newestFirst.slice(0, tail).toReversed(),
    hasEarlier: newestFirst.length > tail,
  };
}

async function readArchivedTail(
  deps: LogSource,
  path: string,
  range: { afterSeq: number; beforeSeq: number; tail: number; filter: LogFilter },
): Promise<LogTail> {
  const { afterSeq, beforeSeq, tail, filter } = range;
  let lines: RunEvent[] = [];
  for await (const rows of readArchive(deps, { path, afterSeq, kind: 'log' })) {
    const found = rows.filter((line) => line.seq < beforeSeq && isWanted(line, filter));
    // One more than the tail, which shows that lines precede it.
    lines = [...lines, ...found].slice(-(tail + 1));
    if ((rows.at(-1)?.seq ?? 0) >= beforeSeq) break;
  }
  return { lines: lines.slice(-tail), hasEarlier: lines.length > tail };
}
