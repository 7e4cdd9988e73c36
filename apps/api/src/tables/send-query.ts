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
 * Answers a query with the text that a runner writes, piece by piece at the client's pace: to parse 16 MB would occupy
 * the thread that answers every other request. Throws as `withRunner` does before the answer begins. A runner that breaks
 * off later breaks the client's connection, so that a part of an answer never looks like the whole.
 */
export async function sendQuery(deps: RunnerDeps, query: Query, res: Response): Promise<void> {
  const { bytes, body } = await openQuery(deps, query, clientGone(res));
  res.status(200).type('application/json; charset=utf-8');
  if (bytes !== undefined) res.set('Content-Length', String(bytes));
  watchReading(res);
  try {
    await pipeline(body, res);
  } catch (error) {
    // The connection is closed in both cases, and there is no one to send an error to.
    if (!isClientGone(error)) deps.log.warn({ err: coerceError(error) }, 'query answer broken off');
  }
}

/** Looks for a runner that has a place free; when none has, lets the query wait a little at each in turn. */
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
