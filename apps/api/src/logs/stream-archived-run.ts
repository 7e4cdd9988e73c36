import type { EndEvent } from '@rat/contracts';
import type { RunEvent } from '@rat/store';
import type { SseStream } from '../http/sse.ts';
import type { LogFilter } from './log-filter.ts';
import { frameEnd, frameEvent, wantedText } from './frame-event.ts';
import type { StreamPlace } from './parse-resume-seq.ts';

/**
 * Sends the part of an archived stream after `place`, and its end, at the client's pace. An
 * archived stream never changes, so it needs no watch.
 */
export async function streamArchivedRun(deps: {
  pages: AsyncIterable<RunEvent[]>;
  readEnd: (lastSeq: number) => Promise<EndEvent>;
  sse: SseStream;
  place: StreamPlace;
  filter: LogFilter;
}): Promise<void> {
  const { sse, place, filter } = deps;
  for await (const rows of deps.pages) {
    if (sse.over.aborted) return;
    const frames = rows.map(frameEvent);
    await sse.send(wantedText(frames, { place, filter }));
    const last = frames.at(-1);
    if (!last?.isLast) continue;
    await sse.send(frameEnd(await deps.readEnd(last.seq)));
    return;
  }
}
