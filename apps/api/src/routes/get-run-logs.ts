import { runLogsQuery, type RunLogsQuery } from '@rat/contracts';
import { InputError, isTerminal, type Run } from '@rat/domain';
import { getRun } from '@rat/store';
import type { Request, RequestHandler, Response } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { parseInput } from '../http/parse-input.ts';
import { openSse } from '../http/sse.ts';
import type { LogFilter } from '../log-filter.ts';
import { parseResumeSeq } from '../parse-resume-seq.ts';
import { parseRunId } from '../parse-run-id.ts';
import { sendLogs, type LogFormat } from '../send-logs.ts';
import { streamRun } from '../stream/stream-run.ts';

type LogDeps = Pick<AppDeps, 'db' | 'watchers' | 'slots' | 'ends' | 'maxStreamAgeMs' | 'log'>;

/**
 * GET /api/v1/runs/{id}/logs: as JSON, as an event stream, as NDJSON or as text, whichever the client prefers; all
 * resume after a seq and filter alike.
 */
export function getRunLogsRoute(deps: LogDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    res.vary('Accept');
    const runId = parseRunId(req.params.id);
    const query = parseInput(runLogsQuery, req.query);
    const format = query.format ?? preferredFormat(req);
    const lastEventId = format === 'event-stream' ? req.get('last-event-id') : undefined;
    const afterSeq = parseResumeSeq({ lastEventId, after: req.query['after'] });
    const run = await getRun(deps.db, runId);
    if (format === 'event-stream')
      await sendEventStream(deps, { run, afterSeq, filter: query, res });
    else await sendLogs(deps.db, { run, query: { ...query, afterSeq }, format }, res);
  };
}

const FORMATS: Record<string, LogFormat | 'event-stream'> = {
  'application/json': 'json',
  'text/event-stream': 'event-stream',
  'application/x-ndjson': 'ndjson',
  'text/plain': 'text',
};

/** JSON is named first, so it wins where the client does not care, and what accepts none gets JSON too. */
function preferredFormat(req: Request<{ id: string }>): NonNullable<RunLogsQuery['format']> {
  const type = req.accepts(Object.keys(FORMATS));
  return FORMATS[type === false ? '' : type] ?? 'json';
}

async function sendEventStream(
  deps: LogDeps,
  request: { run: Run; afterSeq: number; filter: LogFilter; res: Response },
): Promise<void> {
  const { run, afterSeq, filter, res } = request;
  if (isTerminal(run.status) && afterSeq >= run.lastSeq) {
    // The one answer that keeps a browser's EventSource from coming back for ever.
    res.status(204).end();
    return;
  }
  if (afterSeq > run.lastSeq)
    throw new InputError('the event to resume after is not in this stream');
  const giveBack = deps.slots.take({ client: res.req.ip ?? '', runId: run.id });
  try {
    const { watch, release } = deps.watchers.watch(run.id, run.lastSeq);
    try {
      const sse = openSse(res, { maxAgeMs: deps.maxStreamAgeMs });
      const readEnd = (lastSeq: number) => deps.ends.read(run.id, lastSeq);
      // HEAD asks for the headers of an answer that might never end.
      if (res.req.method !== 'HEAD') {
        await streamRun({ watch, readEnd, sse, afterSeq, filter, log: deps.log });
      }
      sse.end();
    } finally {
      release();
    }
  } finally {
    giveBack();
  }
}
