import { pipeline } from 'node:stream/promises';
import type { RunnerRequest } from '@rat/contracts';
import { LimitError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import type { Response } from 'express';
import { clientGone, isClientGone } from '../http/client-gone.ts';
import { watchReading } from '../http/read-deadline.ts';
import { stream, type AnswerStream } from '../runner-client/stream.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

type Query = Omit<RunnerRequest<'query'>, 'mayWait'>;

/**
 * Passes the result of a query on from the runner, at the client's pace. Parsing up to 16 MB would
 * block the thread that serves all requests. Throws like `withRunner` before the response begins.
 * When the runner disconnects later, the client's connection is closed, so that a partial result
 * never looks complete.
 */
export async function sendQuery(deps: RunnerDeps, query: Query, res: Response): Promise<void> {
  const { bytes, body } = await openQuery(deps, query, clientGone(res));
  res.status(200).type('application/json; charset=utf-8');
  if (bytes !== undefined) res.set('Content-Length', String(bytes));
  watchReading(res);
  try {
    await pipeline(body, res);
  } catch (error) {
    // The connection is already closed, so no error can be sent.
    if (!isClientGone(error)) deps.log.warn({ err: coerceError(error) }, 'query response aborted');
  }
}

/**
 * Looks for a runner with a free slot. When every runner is busy, the query may wait briefly at
 * each in turn.
 */
async function openQuery(
  deps: RunnerDeps,
  query: Query,
  signal: AbortSignal,
): Promise<AnswerStream> {
  try {
    return await stream(deps, 'query', { ...query, mayWait: false }, { signal });
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return stream(deps, 'query', { ...query, mayWait: true }, { signal });
  }
}
