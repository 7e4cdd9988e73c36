import type { RunLogsQuery } from '@rat/contracts';
import { InputError, isTerminal, type Run } from '@rat/domain';
import { prependFirst } from '@rat/runtime';
import { getRun } from '@rat/store';
import type { Request, Response } from 'express';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { preferredType } from '../http/negotiate.ts';
import { openSse } from '../http/sse.ts';
import type { LogDeps } from './log-deps.ts';
import type { LogFilter } from './log-filter.ts';
import { parseResumeSeq, type StreamPlace } from './parse-resume-seq.ts';
import { parseRunId } from '../runs/parse-run-id.ts';
import { sendLogs, type LogFormat } from './send-logs.ts';
import { frameEnd } from './frame-event.ts';
import { readRunStream } from './read-run-stream.ts';
import { streamArchivedRun } from './stream-archived-run.ts';
import { streamRun } from './stream-run.ts';

/**
 * GET /api/v1/runs/{id}/logs: a run's log as JSON, event stream, NDJSON or text, as the client
 * prefers. All formats resume after a seq and accept the same filters.
 */
export function getRunLogsRoute(deps: LogDeps): HandledOperation<'getRunLogs'> {
  return handleOperation('getRunLogs', async (req, res, { query }) => {
    res.vary('Accept');
    const runId = parseRunId(req.params.id);
    const format = query.format ?? preferredFormat(req);
    assertRange(query, format);
    const lastEventId = format === 'event-stream' ? req.get('last-event-id') : undefined;
    const place = parseResumeSeq({ lastEventId, after: query.after });
    const run = await getRun(deps.db, runId);
    assertPlace(place, run);
    if (format === 'event-stream') await sendEventStream(deps, { run, place, filter: query, res });
    else await sendLogs(deps, { run, query: { ...query, afterSeq: place.seq }, format }, res);
  });
}

/** A live stream has no end to count from. A tail has its own limit. */
function assertRange(query: RunLogsQuery, format: NonNullable<RunLogsQuery['format']>): void {
  const given = (['tail', 'before'] as const).find((name) => query[name] !== undefined);
  if (format === 'event-stream' && given !== undefined) {
    const message = 'must not be combined with an event stream; ask for json, ndjson or text';
    throw new InputError(`${given}: ${message}`, [{ path: given, message }]);
  }
  if (query.tail !== undefined && query.limit !== undefined) {
    const message = 'must not be combined with limit';
    throw new InputError(`tail: ${message}`, [{ path: 'tail', message }]);
  }
}

/**
 * Refuses a position that the stream does not have. Only the last row of a failed run has a
 * position before it, and only the last row of a finished run has one after it.
 */
function assertPlace(place: StreamPlace, run: Run): void {
  const { seq, hasError, hasEnd } = place;
  const isBeforeLast = run.status === 'failed' && seq === run.lastSeq - 1;
  const isBehindLast = isTerminal(run.status) && seq === run.lastSeq;
  if ((!hasError || isBeforeLast) && (!hasEnd || isBehindLast)) return;
  throw new InputError('the event to resume after is not in this stream');
}

/** The first format wins when the client prefers none. */
const FORMATS = {
  'application/json': 'json',
  'text/event-stream': 'event-stream',
  'application/x-ndjson': 'ndjson',
  'text/plain': 'text',
} as const satisfies Record<string, LogFormat | 'event-stream'>;

const TYPES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

/** A client that accepts none of the formats gets JSON, as the contract requires. */
function preferredFormat(req: Request<{ id: string }>): NonNullable<RunLogsQuery['format']> {
  return FORMATS[preferredType(req.headers.accept, TYPES) ?? 'application/json'];
}

interface StreamRequest {
  run: Run;
  place: StreamPlace;
  filter: LogFilter;
  res: Response;
}

async function sendEventStream(deps: LogDeps, request: StreamRequest): Promise<void> {
  const { run, place, res } = request;
  const isOver = isTerminal(run.status);
  if (isOver && (place.hasEnd || place.seq > run.lastSeq)) {
    // 204 is the only status after which a browser's EventSource stops reconnecting.
    res.status(204).end();
    return;
  }
  if (place.seq > run.lastSeq)
    throw new InputError('the event to resume after is not in this stream');
  const release = deps.slots.take({ client: res.req.ip ?? '', runId: run.id });
  try {
    if (isOver && place.seq === run.lastSeq) await sendEnd(deps, request);
    else if (run.logsS3Path === undefined) await sendWatched(deps, request);
    else await sendArchived(deps, request);
  } finally {
    release();
  }
}

/** Sends the `end` event to a client that has every row. */
async function sendEnd(deps: LogDeps, { run, res }: StreamRequest): Promise<void> {
  // Read before the response begins: until then, an error still gets its own status.
  const end = await deps.ends.read(run.id, run.lastSeq);
  const sse = openSse(res, { maxAgeMs: deps.maxStreamAgeMs });
  if (res.req.method !== 'HEAD') await sse.send(frameEnd(end));
  sse.end();
}

async function sendWatched(deps: LogDeps, request: StreamRequest): Promise<void> {
  const { run, place, filter, res } = request;
  const { watch, release } = deps.watchers.watch(run.id, run.lastSeq);
  try {
    const sse = openSse(res, { maxAgeMs: deps.maxStreamAgeMs });
    const readEnd = (lastSeq: number) => deps.ends.read(run.id, lastSeq);
    // HEAD gets the headers only, so it must not follow the stream.
    if (res.req.method !== 'HEAD') {
      await streamRun({ watch, readEnd, sse, place, filter, log: deps.log });
    }
    sse.end();
  } finally {
    release();
  }
}

async function sendArchived(deps: LogDeps, request: StreamRequest): Promise<void> {
  const { run, place, filter, res } = request;
  const pages = readRunStream(deps, { runId: run.id, afterSeq: place.seq });
  try {
    // Read before the response begins: until then, an error still gets its own status.
    const first = await pages.next();
    const sse = openSse(res, { maxAgeMs: deps.maxStreamAgeMs });
    const readEnd = (lastSeq: number) => deps.ends.read(run.id, lastSeq);
    if (res.req.method !== 'HEAD') {
      const all = prependFirst(first, pages);
      await streamArchivedRun({ pages: all, readEnd, sse, place, filter });
    }
    sse.end();
  } finally {
    await pages.return();
  }
}
