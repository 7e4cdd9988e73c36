import { statusEvent, type RunEventsQuery } from '@rat/contracts';
import { waitFor, type Logger } from '@rat/runtime';
import type { ChangeCursor, StatusChange } from '@rat/store';
import { sseFrame, sseId, type SseStream } from '../http/sse.ts';
import { formatCursor, type RunFeed } from './run-feed.ts';
import { retryWhileDown } from '../http/retry-while-down.ts';
import type { Confined } from '../http/operation.ts';

/** Pause before the next read when a change waits for an older transaction. */
const HELD_PAUSE_MS = 200;

export type FeedFilter = Confined<RunEventsQuery>;

/**
 * Sends the status changes of all runs after a cursor to one client, until the client is gone or
 * the stream has reached its maximum age. The client also gets the id of a change that its filter
 * excludes, so that it does not read such changes again after a reconnect.
 */
export async function streamFeed(deps: {
  feed: RunFeed;
  sse: SseStream;
  after: ChangeCursor;
  filter: FeedFilter;
  log: Logger;
}): Promise<void> {
  const { feed, sse, filter, log } = deps;
  let { after } = deps;
  await sse.send(sseId(formatCursor(after)));
  while (!sse.over.aborted && !feed.ended) {
    const version = feed.version;
    const page = await retryWhileDown(() => feed.read(after), sse.over, log);
    if (page === undefined) return;
    let sent = after;
    let text = '';
    for (const change of page.changes) {
      after = change.cursor;
      const frame = frameChange(change, filter);
      if (frame === undefined) continue;
      text += frame;
      sent = after;
    }
    if (sent !== after) text += sseId(formatCursor(after));
    await sse.send(text);
    if (page.changes.length > 0) continue;
    if (page.isHeld) await waitFor(HELD_PAUSE_MS, sse.over);
    else await feed.changed(version, sse.over);
  }
}

function frameChange(change: StatusChange, filter: FeedFilter): string | undefined {
  const { status, rows_written, duration_ms, error } = statusEvent.parse(change.payload);
  const { namespace, layer, pipeline } = change;
  const facts = { namespace, layer, pipeline, status };
  const isWanted = (['namespace', 'layer', 'pipeline', 'status'] as const).every((name) => {
    const wanted = filter[name];
    if (wanted === undefined) return true;
    return typeof wanted === 'string' ? wanted === facts[name] : wanted.includes(facts[name]);
  });
  if (!isWanted) return undefined;
  const data = JSON.stringify({
    run_id: change.runId,
    namespace,
    layer,
    pipeline,
    seq: change.seq,
    attempt: change.attempt,
    timestamp: change.at.toISOString(),
    status,
    rows_written,
    duration_ms,
    error,
  });
  return sseFrame({ id: formatCursor(change.cursor), event: 'status', data });
}
