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

/**
 * The events of one run until `end`. A whole stream is verified: throws IntegrityError when the lines that arrived are not
 * those whose SHA-256 the API sent.
 */
export async function* followRun(
  sender: Sender,
  id: string,
  { query, options }: { query: RunEventsQuery; options: FollowOptions },
): AsyncGenerator<RunEvent> {
  const isWhole = Object.values(query).every((value) => value === undefined);
  const hash = new Sha256();
  let lines = 0;
  const path = `/api/v1/runs/${encodeURIComponent(id)}/logs`;
  for await (const frame of follow(sender, withQuery(toRequest(path), query), options)) {
    // The operation declares the data of each event.
    const event = { ...frame, data: JSON.parse(frame.data) } as RunEvent;
    if (event.event === 'log') {
      hash.update(`${frame.data}\n`);
      lines += 1;
    }
    if (event.event === 'end') {
      if (isWhole) verify(event.data, { lines, sha256: hash.digest() });
      yield event;
      return;
    }
    yield event;
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
  for await (const frame of follow(sender, withQuery(toRequest('/api/v1/events'), query), options))
    yield { ...frame, data: JSON.parse(frame.data) } as FeedEvent;
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
