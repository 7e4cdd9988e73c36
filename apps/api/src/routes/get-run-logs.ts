import { InputError, isTerminal, type Run } from '@rat/domain';
import { getRun } from '@rat/store';
import type { Request, RequestHandler, Response } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { openSse } from '../http/sse.ts';
import { parseResumeSeq } from '../parse-resume-seq.ts';
import { parseRunId } from '../parse-run-id.ts';
import { streamRun } from '../stream/stream-run.ts';
import { sendLogsAsJson } from '../send-logs-as-json.ts';

type LogDeps = Pick<AppDeps, 'db' | 'watchers' | 'log'>;

/** GET /api/v1/runs/{id}/logs: an event stream for whoever prefers that to JSON, otherwise all lines at once. */
export function getRunLogsRoute(deps: LogDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    res.vary('Accept');
    const runId = parseRunId(req.params.id);
    if (wantsEventStream(req)) {
      const afterSeq = parseResumeSeq({
        lastEventId: req.get('last-event-id'),
        after: req.query['after'],
      });
      await sendEventStream(deps, { run: await getRun(deps.db, runId), afterSeq, res });
    } else {
      await sendLogsAsJson(deps.db, await getRun(deps.db, runId), res);
    }
  };
}

/** JSON is named first, so it wins where the client does not care, and what accepts neither gets JSON too. */
function wantsEventStream(req: Request<{ id: string }>): boolean {
  return req.accepts(['application/json', 'text/event-stream']) === 'text/event-stream';
}

async function sendEventStream(
  deps: LogDeps,
  request: { run: Run; afterSeq: number; res: Response },
): Promise<void> {
  const { run, afterSeq, res } = request;
  if (isTerminal(run.status) && afterSeq >= run.lastSeq) {
    // The one answer that keeps a browser's EventSource from coming back for ever.
    res.status(204).end();
    return;
  }
  if (afterSeq > run.lastSeq)
    throw new InputError('the event to resume after is not in this stream');
  const { watch, release } = deps.watchers.watch(run.id, run.lastSeq);
  try {
    const sse = openSse(res);
    // HEAD asks for the headers of an answer that might never end.
    if (res.req.method !== 'HEAD') await streamRun({ watch, sse, afterSeq, log: deps.log });
    sse.end();
  } finally {
    release();
  }
}
