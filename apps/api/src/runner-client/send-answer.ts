import { pipeline } from 'node:stream/promises';
import type { RowsMethod } from '@rat/contracts';
import { LimitError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import type { Response } from 'express';
import { clientGone, isClientGone } from '../http/client-gone.ts';
import { beginStream } from '../http/compress-answers.ts';
import { watchReading } from '../http/read-deadline.ts';
import { stream, type AnswerStream, type StreamRequests } from './stream.ts';
import { withinQueryQuota } from './within-query-quota.ts';
import type { RunnerDeps } from './with-runner.ts';

type Asked<V extends RowsMethod> = Omit<StreamRequests[V], 'mayWait'>;

/**
 * Passes a runner's answer on at the client's pace. Parsing up to 16 MB would block the thread that
 * serves all requests. Throws like `withRunner` before the response begins. When the runner
 * disconnects later, the client's connection is closed, so that a partial answer never looks
 * complete. The time until the answer begins counts for the quota of query seconds of its namespace. When the client leaves, the runner stops the work. `setHeaders` receives the runner's
 * headers; without it, the answer is JSON.
 *
 * @example
 * await sendAnswer(deps, 'query', { sql, namespace, limit, client }, res);
 */
export async function sendAnswer<V extends RowsMethod>(
  deps: RunnerDeps,
  method: V,
  asked: Asked<V>,
  res: Response,
  setHeaders: (headers: Headers) => void = () => res.type('application/json; charset=utf-8'),
): Promise<void> {
  const signal = clientGone(res);
  const { headers, bytes, body } = await withinQueryQuota(deps, chargedOf(asked as Charged), () =>
    open(deps, method, asked, signal),
  );
  res.status(200);
  setHeaders(headers);
  if (bytes !== undefined) res.set('Content-Length', String(bytes));
  watchReading(res);
  beginStream(res);
  try {
    await pipeline(body, res);
  } catch (error) {
    // The connection is already closed, so no error can be sent.
    if (!isClientGone(error)) deps.log.warn({ err: coerceError(error) }, 'answer aborted');
  }
}

/** The namespace whose quota of query seconds pays: the home of the query, unless the principal may not be there. */
function chargedOf({ pipeline, namespace = '', namespaces }: Charged): string {
  if (pipeline !== undefined) return pipeline.namespace;
  if (namespaces === undefined || namespaces.includes(namespace)) return namespace;
  return namespaces[0] ?? namespace;
}

/** The fields of a request that name its namespace. */
interface Charged {
  /** Of a preview. */
  pipeline?: { namespace: string };
  /** Of a query: where it looks tables up, and those that its principal may read. */
  namespace?: string;
  namespaces?: readonly string[] | undefined;
}

/**
 * Looks for a runner with a free place. When every runner is busy, the request may wait briefly at
 * each in turn.
 */
async function open<V extends RowsMethod>(
  deps: RunnerDeps,
  method: V,
  asked: Asked<V>,
  signal: AbortSignal,
): Promise<AnswerStream> {
  // The cast: `mayWait` is the one field that was left out.
  const ask = (mayWait: boolean): Promise<AnswerStream> =>
    stream(deps, method, { ...asked, mayWait } as unknown as StreamRequests[V], { signal });
  try {
    return await ask(false);
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return ask(true);
  }
}
