import type {
  EndEvent,
  LogLine,
  PhaseMark,
  ProgressFigures,
  QueryOf,
  StatusEvent,
} from '@rat/contracts';
import { IntegrityError } from './errors.ts';
import { followStream, type FollowOptions } from './follow-stream.ts';
import { withQuery } from './methods.ts';
import type { ApiRequest, Sender } from './send.ts';
import { Sha256 } from './sha256.ts';

interface Event<Name extends string, Content> {
  /** Resumes after this event, as `after`. */
  id: string;
  event: Name;
  data: Content;
}

/** An event of the stream of one run. */
export type RunEvent =
  | Event<'log', LogLine>
  | Event<'status', StatusEvent>
  | Event<'phase', PhaseMark & { attempt: number }>
  | Event<'progress', ProgressFigures & { phase: LogLine['phase']; attempt: number }>
  | Event<'error', { message: string }>
  | Event<'end', EndEvent>;

/** An event of the feed of all runs. */
export type FeedEvent = Event<
  'status',
  StatusEvent & {
    run_id: string;
    namespace: string;
    layer: string;
    pipeline: string;
    seq: number;
    attempt: number;
    timestamp: string;
  }
>;

/** Which lines of a run's stream arrive. */
export type RunEventsQuery = Pick<
  QueryOf<'getRunLogs'>,
  'after' | 'attempt' | 'level' | 'phase' | 'q'
>;

/** Which run is followed, and how. */
interface Followed {
  id: string;
  query: RunEventsQuery;
  options: FollowOptions;
}

/** The events of one run until `end`, one at a time. Throws like `followRunInBatches`. */
export async function* followRun(sender: Sender, followed: Followed): AsyncGenerator<RunEvent> {
  for await (const events of followRunInBatches(sender, followed))
    for (const event of events) yield event;
}

/**
 * The events of one run until `end`, as many at a time as have arrived. A whole stream is verified: throws IntegrityError
 * when the lines that arrived are not those whose SHA-256 the API sent.
 */
export async function* followRunInBatches(
  sender: Sender,
  { id, query, options }: Followed,
): AsyncGenerator<readonly RunEvent[]> {
  const isWhole = Object.values(query).every((value) => value === undefined);
  const hash = new Sha256();
  let lines = 0;
  const path = `/api/v1/runs/${encodeURIComponent(id)}/logs`;
  for await (const frames of follow(sender, withQuery(toRequest(path), query), options)) {
    const logs = frames.filter(({ event }) => event === 'log');
    hash.update(logs.map(({ data }) => `${data}\n`).join(''));
    lines += logs.length;
    // The operation declares the data of each event.
    const events = frames.map((frame) => ({ ...frame, data: JSON.parse(frame.data) }) as RunEvent);
    const last = events.at(-1);
    if (last?.event !== 'end') {
      yield events;
      continue;
    }
    if (events.length > 1) yield events.slice(0, -1);
    if (isWhole) verify(last.data, { lines, sha256: hash.digest() });
    yield [last];
    return;
  }
}

function verify(sent: EndEvent, received: { lines: number; sha256: string }): void {
  if (sent.lines === received.lines && sent.sha256 === received.sha256) return;
  throw new IntegrityError(
    `the log is incomplete: ${received.lines} of ${sent.lines} lines arrived, or one of them differs`,
  );
}

/** The status changes of all runs from now on, or after an event. It has no end. */
export async function* followFeed(
  sender: Sender,
  { query, options }: { query: QueryOf<'streamEvents'>; options: FollowOptions },
): AsyncGenerator<FeedEvent> {
  const request = withQuery(toRequest('/api/v1/events'), query);
  for await (const frames of follow(sender, request, options))
    for (const frame of frames) yield { ...frame, data: JSON.parse(frame.data) } as FeedEvent;
}

function toRequest(path: string): ApiRequest {
  return { method: 'GET', path, retry: 'safe', headers: { accept: 'text/event-stream' } };
}

function follow(
  sender: Sender,
  request: ApiRequest,
  options: FollowOptions,
): ReturnType<typeof followStream> {
  // A signal of the client must end the pauses of the stream too.
  const all = { ...options, signal: sender.signalFor(options) };
  return followStream((after, signal) => {
    const resume = after === undefined ? {} : { 'last-event-id': after };
    const headers = { ...request.headers, ...resume, ...options.headers };
    return sender.trySend({ ...request, headers }, { signal }, (response) => response);
  }, all);
}
