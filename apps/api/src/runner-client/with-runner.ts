import { runnerApiError, fromRunnerApiError } from '@rat/contracts';
import { LimitError, UnavailableError } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import { listRunnerEndpoints, type Database, type RunnerEndpoint } from '@rat/store';

/** What a call of a runner needs: the database lists the live runners. */
export interface RunnerDeps {
  db: Database;
  log: Logger;
}

/** How a runner replied: it took the request, or it refused it with a status and a body. */
export type Reply<T> =
  | { kind: 'taken'; value: T }
  | { kind: 'refused'; status: number; body: string };

/** How `withRunner` treats one request. */
export interface RunnerCall {
  /** Aborts when the client is gone. */
  signal: AbortSignal;
  /** What a runner would do, for the message when none is live. */
  purpose?: string;
  /** A second runner may get the request when the connection to the first breaks. True where not given. */
  repeatable?: boolean;
}

/** Errors of a connection that was never made. */
const UNSENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Sends a request to the live runners in turn, until one takes it. The next one is tried when a runner
 * - cannot be reached,
 * - does not know the key, or
 * - has too much to do (LimitError).
 * Throws the first other refusal, and what the signal aborts with. When no runner takes the request, throws LimitError
 * if one refused with it, UnavailableError otherwise.
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
      log.warn({ err, endpoint: endpoint.url }, 'runner could not be asked');
      if (!repeatable && !UNSENT.has(codeOf(err))) throw lost(err);
      refusal = moreTelling(refusal, unreachable(err));
      continue;
    }
    if (reply.kind === 'taken') return reply.value;
    refusal = moreTelling(refusal, retryableRefusal(reply));
  }
  throw refusal;
}

/** The refusal after which another runner is tried. Throws every other refusal. */
function retryableRefusal({ status, body }: { status: number; body: string }): Error {
  // A runner that was restarted has another key. Its next heartbeat announces the key.
  if (status === 401) return unreachable();
  const error = parseRefusal(body);
  if (error instanceof LimitError) return error;
  throw error;
}

/** The error with which a runner refused. */
export function parseRefusal(body: string): Error {
  return fromRunnerApiError(runnerApiError.parse(JSON.parse(body)));
}

/** A runner that has too much to do explains more than one that is away: it is there. */
function moreTelling(known: Error, next: Error): Error {
  return known instanceof LimitError && !(next instanceof LimitError) ? known : next;
}

function unreachable(cause?: unknown): UnavailableError {
  return new UnavailableError('no runner could be reached; try again later', { cause });
}

/** The runner may have carried out the request: a second one would be refused as done already. */
function lost(cause: unknown): UnavailableError {
  const message = 'the runner went away before it answered: look at what became of it first';
  return new UnavailableError(message, { cause });
}

function codeOf(error: unknown): unknown {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
