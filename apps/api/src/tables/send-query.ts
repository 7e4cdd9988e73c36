import { pipeline } from 'node:stream/promises';
import { ROW_MEDIA_TYPES, type RowFormat, type RunnerRequest } from '@rat/contracts';
import { LimitError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import type { Request, Response } from 'express';
import { clientGone, isClientGone } from '../http/client-gone.ts';
import { preferredType } from '../http/negotiate.ts';
import { watchReading } from '../http/read-deadline.ts';
import { stream, type AnswerStream } from '../runner-client/stream.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

type Query = Omit<RunnerRequest<'query'>, 'mayWait'>;

/**
 * Passes the result of a query on from the runner, at the client's pace. Parsing up to 16 MB would
 * block the thread that serves all requests. Throws like `withRunner` before the response begins.
 * When the runner disconnects later, the client's connection is closed, so that a partial result
 * never looks complete. `name` is the name of a file, without its ending.
 */
export async function sendQuery(
  deps: RunnerDeps,
  { name, format, ...query }: Query & { name: string; format: RowFormat },
  res: Response,
): Promise<void> {
  const request = { ...query, ...(format === 'json' ? {} : { format }) };
  const { headers, bytes, body } = await openQuery(deps, request, clientGone(res));
  res.status(200).vary('Accept');
  if (format === 'json') res.type('application/json; charset=utf-8');
  else {
    res.attachment(`${name}.${format}`).type(TYPES[format]);
    for (const header of ['Result-Rows', 'Result-Truncated']) {
      const value = headers.get(header);
      if (value !== null) res.set(header, value);
    }
  }
  if (bytes !== undefined) res.set('Content-Length', String(bytes));
  watchReading(res);
  try {
    await pipeline(body, res);
  } catch (error) {
    // The connection is already closed, so no error can be sent.
    if (!isClientGone(error)) deps.log.warn({ err: coerceError(error) }, 'query response aborted');
  }
}

const TYPES = {
  csv: `${ROW_MEDIA_TYPES.csv}; charset=utf-8; header=present`,
  parquet: ROW_MEDIA_TYPES.parquet,
};

const FORMATS = {
  [ROW_MEDIA_TYPES.json]: 'json',
  [ROW_MEDIA_TYPES.csv]: 'csv',
  [ROW_MEDIA_TYPES.parquet]: 'parquet',
} as const satisfies Record<string, RowFormat>;

const OFFERS = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

/** The format that the client asks for by `format`, or prefers by `Accept`. */
export function chooseFormat(
  req: Pick<Request, 'headers'>,
  asked: RowFormat | undefined,
): RowFormat {
  return asked ?? FORMATS[preferredType(req.headers.accept, OFFERS) ?? 'application/json'];
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
