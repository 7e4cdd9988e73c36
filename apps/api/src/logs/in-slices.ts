import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunEvent } from '@rat/store';

/**
 * Characters of messages in one slice: up to 20 ms of work. A page of the longest lines has 8 million. With much smaller
 * slices a busy process would send a long log slowly, since each slice waits for its turn.
 */
const SLICE_LENGTH = 256 * 1024;

/**
 * Cuts pages of rows into slices that are short to work on, and lets the event loop turn between two slices of a page: a
 * page of the longest lines would otherwise occupy the thread that answers every request for half a second.
 */
export async function* inSlices(
  pages: Iterable<RunEvent[]> | AsyncIterable<RunEvent[]>,
): AsyncGenerator<RunEvent[], void> {
  for await (const page of pages) {
    let from = 0;
    let length = 0;
    for (const [at, { message }] of page.entries()) {
      const more = message?.length ?? 0;
      if (at > from && length + more > SLICE_LENGTH) {
        yield page.slice(from, at);
        await nextTurn();
        from = at;
        length = 0;
      }
      length += more;
    }
    yield from === 0 ? page : page.slice(from);
  }
}
