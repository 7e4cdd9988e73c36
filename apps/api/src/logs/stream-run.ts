import type { EndEvent } from '@rat/contracts';
import type { Logger } from '@rat/runtime';
import type { SseStream } from '../http/sse.ts';
import { isEmptyFilter, type LogFilter } from './log-filter.ts';
import type { StreamPlace } from './parse-resume-seq.ts';
import { frameEnd, wantedText } from './frame-event.ts';
import type { RunWatch } from './run-watch.ts';
import { retryWhileDown } from '../http/retry-while-down.ts';

/**
 * Sends a run's stream after `place` to one client: first the backlog, then live rows. It stops
 * when the run's end is sent, the client is gone, the stream has reached its maximum age, or the
 * watch has ended.
 *
 * Only a complete stream has an `end`, so a client without one reconnects. The stream is pulled at
 * the client's pace: a slow client holds one page, and nothing queues up for it. It waits while
 * Postgres is down, and throws every other error.
 */
export async function streamRun(deps: {
  watch: RunWatch;
  readEnd: (lastSeq: number) => Promise<EndEvent>;
  sse: SseStream;
  place: StreamPlace;
  filter: LogFilter;
  log: Logger;
}): Promise<void> {
  const { watch, sse, place, filter, log } = deps;
  const takesAll = isEmptyFilter(filter);
  const watcher = watch.join(sse.over);
  try {
    let cursor = place.seq;
    while (!sse.over.aborted && !watch.ended) {
      const version = watch.version;
      const frames =
        watch.held(cursor) ?? (await retryWhileDown(() => watch.read(cursor), sse.over, log));
      if (frames === undefined) return;
      if (frames.length === 0) {
        await watcher.changed(version);
        continue;
      }
      const isShared = takesAll && !(place.hasError && cursor === place.seq);
      await sse.send(isShared ? watch.bytesOf(frames) : wantedText(frames, { place, filter }));
      cursor = frames.at(-1)?.seq ?? cursor;
      if (frames.at(-1)?.isLast) {
        const end = await retryWhileDown(() => deps.readEnd(cursor), sse.over, log);
        if (end !== undefined) await sse.send(frameEnd(end));
        return;
      }
    }
  } finally {
    watcher.leave();
  }
}
