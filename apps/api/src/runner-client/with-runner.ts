import { fromRunnerApiError, NO_SUCH_METHOD, runnerApiError } from '@rat/contracts';
import { LimitError, NotFoundError, UnavailableError } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import { listRunnerEndpoints, type Database, type RunnerEndpoint } from '@rat/store';

/** Dependencies of a request to a runner: the database lists the live runners. */
export interface RunnerDeps {
  db: Database;
  log: Logger;
}

/** A runner's reply: it accepted the request, or refused it with a status and a body. */
export type Reply<T> =
  | { kind: 'taken'; value: T }
  | { kind: 'refused'; status: number; body: string };

/** How `withRunner` treats one request. */
export interface RunnerCall {
  /** Aborts when the client is gone. */
  signal: AbortSignal;
  /** What the runner should do, for the message when no runner is live. */
  purpose?: string;
  /** Whether to try another runner when the connection breaks. Default: true. */
  repeatable?: boolean;
}

/** Error codes of a connection that was never established. */
const UNSENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Sends a request to the live runners in turn, until one accepts it. The next runner is tried when
 * one
 * - cannot be reached,
 * - does not know the key,
 * - is of an earlier version and does not know the request, or
 * - is too busy (LimitError).
 *
 * Throws the first other refusal, and the reason of an abort. When no runner accepts the request,
 * throws LimitError if one was too busy, UnavailableError otherwise.
 *
 * @example
 * const send = async ({ url }) => ({ kind: 'taken', value: await (await fetch(url)).text() });
 * const text = await withRunner(deps, send, { signal: clientGone(res) });
 */
export async function withRunner<T>(
  { db, log }: RunnerDeps,
  send: (endpoint: RunnerEndpoint) => Promise<Reply<T>>,
  { signal, purpose = 'answer', repeatable = true }: RunnerCall,
): Promise<T> {
  const message = `no runner is live that could ${purpose}; try again later`;
  let refusal: Error = new UnavailableError(message);
  for (const endpoint of await listRunnerEndpoints(db)) {
    let reply: Reply<T>;
    try {
      reply = await send(endpoint);
    } catch (err) {
      signal.throwIfAborted();
      log.warn({ err, endpoint: endpoint.url }, 'runner not reached');
      if (!repeatable && !UNSENT.has(codeOf(err))) throw lost(err);
      refusal = moreSpecific(refusal, unreachable(err));
      continue;
    }
    if (reply.kind === 'taken') return reply.value;
    refusal = moreSpecific(refusal, retryableRefusal(reply));
  }
  throw refusal;
}

/** The refusal after which another runner is tried. Throws every other refusal. */
function retryableRefusal({ status, body }: { status: number; body: string }): Error {
  // A restarted runner has a new key, which its next heartbeat announces.
  if (status === 401) return unreachable();
  const error = parseRefusal(body);
  if (error instanceof LimitError) return error;
  if (error instanceof NotFoundError && error.message === NO_SUCH_METHOD) {
    const message =
      'the live runners are of an earlier version and cannot answer this; try again later';
    return new UnavailableError(message, { cause: error });
  }
  throw error;
}

/** The error with which a runner refused. */
export function parseRefusal(body: string): Error {
  return fromRunnerApiError(runnerApiError.parse(JSON.parse(body)));
}

/**
 * Prefers the refusal of a busy runner over an unreachable one: it proves that a runner is live.
 */
function moreSpecific(known: Error, next: Error): Error {
  return known instanceof LimitError && !(next instanceof LimitError) ? known : next;
}

function unreachable(cause?: unknown): UnavailableError {
  return new UnavailableError('no runner could be reached; try again later', { cause });
}

/** The runner may have executed the request, so another runner could refuse it as already done. */
function lost(cause: unknown): UnavailableError {
  const message = 'the runner went away before it answered: look at what became of it first';
  return new UnavailableError(message, { cause });
}

function codeOf(error: unknown): unknown {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
