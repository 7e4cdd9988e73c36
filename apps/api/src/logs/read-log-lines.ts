import type { RunEvent } from '@rat/store';
import type { LogSource } from './log-deps.ts';
import { readRunStream } from './read-run-stream.ts';

/**
 * The lines of a run's log after `afterSeq` and up to `lastSeq`, page by page: a long log is never held whole. The end
 * is fixed beforehand, so a run that keeps writing cannot keep its reader reading. Throws as `readRunStream` does.
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
