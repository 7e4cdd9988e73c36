import { decideRetry, type Retry } from './decide-retry.ts';
import { ConnectionError, RatError, toError } from './errors.ts';

/** How a client reaches its API. */
export interface ClientOptions {
  /** The address in front of `/api/v1`. A function chooses one for each try, such as the next replica. */
  baseUrl: string | (() => string);
  /** Sent as a bearer token. A browser with a session needs none. */
  token?: string | undefined;
  /** In place of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Ends every request and every stream. */
  signal?: AbortSignal;
  /** How often a request is sent again that failed; 3 by default. */
  retries?: number;
  /** How long one try may take; 120 s by default. A stream may take longer. */
  timeoutMs?: number;
}

/** What one call may set. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Such as `If-Match`, `Prefer` or `Accept`. */
  headers?: Record<string, string>;
  /** In place of a random one, where the operation takes an `Idempotency-Key`. */
  idempotencyKey?: string;
  retries?: number;
  timeoutMs?: number;
}

/** What `fetch` takes as a body. */
export type RawBody = NonNullable<RequestInit['body']>;

/** One request, whatever its operation. */
export interface ApiRequest {
  method: string;
  /** With its query. */
  path: string;
  retry: Retry;
  headers: Record<string, string>;
  body?: RawBody | undefined;
}

const TIMEOUT_MS = 120_000;
const RETRIES = 3;

/** Sends requests, and sends those again that may be. */
export class Sender {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /**
   * Resolves with what `read` makes of the answer. A body that breaks off is a lost answer, so `read` is a part of the
   * try. Throws a RatError, or the reason of an aborted `signal`.
   */
  async send<T>(
    request: ApiRequest,
    options: CallOptions,
    read: (response: Response) => Promise<T> | T,
  ): Promise<T> {
    const headers = { ...request.headers };
    if (request.retry === 'key') headers['idempotency-key'] = options.idempotencyKey ?? newKey();
    const sent = { ...request, headers: { ...headers, ...options.headers } };
    const retries = options.retries ?? this.#options.retries ?? RETRIES;
    const signal = this.signalFor(options);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.trySend(sent, options, read);
      } catch (error) {
        signal?.throwIfAborted();
        const { retry } = request;
        const isRepeatable = !(request.body instanceof ReadableStream);
        const pauseMs = decideRetry(error, { retry, tries, random: Math.random() });
        if (pauseMs === undefined || tries > retries || !isRepeatable) throw error;
        await pause(pauseMs, signal);
      }
    }
  }

  /** The signal of the client and that of one call. */
  signalFor({ signal }: CallOptions): AbortSignal | undefined {
    return anySignal(this.#options.signal, signal);
  }

  /** Sends a request once. The timeout ends when `read` has resolved. */
  async trySend<T>(
    { method, path, headers, body }: ApiRequest,
    options: CallOptions,
    read: (response: Response) => Promise<T> | T,
  ): Promise<T> {
    const { baseUrl, token, fetch: send = fetch } = this.#options;
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS;
    const signal = this.signalFor(options);
    const base = typeof baseUrl === 'string' ? baseUrl : baseUrl();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    try {
      const response = await send(base.replace(/\/+$/, '') + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        signal: anySignal(signal, late.signal) ?? null,
        ...(body === undefined ? {} : { body }),
        // Needed for a body that is a stream.
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
        // For a redirect Node would keep all of a file in memory. Without a window it makes no copy of the request.
        ...(body instanceof Blob ? { redirect: 'error', window: null } : {}),
      });
      if (!response.ok) throw await toError(response);
      return await read(response);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof RatError) throw cause;
      const why = late.signal.aborted
        ? `the API has not answered within ${timeoutMs / 1000} s`
        : cause instanceof SyntaxError
          ? `${base} is not the address of the API: its answer is no JSON`
          : `the API cannot be reached: ${describe(cause)}`;
      throw new ConnectionError(why, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The innermost message: Node's `fetch failed` has the reason in its cause. */
function describe(error: unknown): string {
  const { cause, message, code } = error as { cause?: unknown; message?: string; code?: string };
  return cause instanceof Error ? describe(cause) : message || code || String(error);
}

/** A random key. `crypto.randomUUID` is missing in pages that a browser loads by plain HTTP. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** A signal that aborts with the first of those that are given. */
export function anySignal(...given: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const signals = given.filter((signal) => signal !== undefined);
  return signals.length > 1 ? AbortSignal.any(signals) : signals[0];
}

/** Resolves after `ms`; rejects with the reason when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the caller chose the reason
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}
