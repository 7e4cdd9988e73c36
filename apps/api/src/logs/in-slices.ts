import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunEvent } from '@rat/store';

/**
 * Message characters in one slice: up to 20 ms of work. A page of the longest lines has 8 million.
 * Much smaller slices would slow down a long log, because each slice waits for a turn of the event
 * loop.
 */
const SLICE_LENGTH = 256 * 1024;

/**
 * Splits pages of rows into short slices, and lets the event loop run between two slices of a page.
 * A page of the longest lines would otherwise block the API's only thread for half a second.
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
