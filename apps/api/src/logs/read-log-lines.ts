import type { RunEvent } from '@rat/store';
import { readRunStream, type LogSource } from './read-run-stream.ts';

/**
 * Reads the log lines after `afterSeq` and up to `lastSeq`, page by page, so a long log is never in
 * memory as a whole. The fixed end guarantees that the read finishes while the run still writes.
 * Throws like `readRunStream`.
 */
export async function* readLogLines(
  deps: LogSource,
  range: { runId: string; afterSeq: number; lastSeq: number },
): AsyncGenerator<RunEvent[], void> {
  const { lastSeq } = range;
  if (range.afterSeq >= lastSeq) return;
  for await (const rows of readRunStream(deps, { ...range, kind: 'log' })) {
    yield rows.filter((row) => row.seq <= lastSeq);
    if ((rows.at(-1)?.seq ?? 0) >= lastSeq) return;
  }
}
