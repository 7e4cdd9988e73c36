import { decideRetry } from './decide-retry.ts';
import { ConnectionError, RatError } from './errors.ts';
import { readFrames, type StreamFrame } from './event-stream.ts';
import { anySignal, pause } from './send.ts';

/** How patient the reader of a stream is. */
export interface FollowOptions {
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
  /** A silent connection is given up after this time; 45 s by default. The API sends a heartbeat every 15 s. */
  silenceMs?: number;
  /** The error of a connection is thrown when none could be opened for that long; 300 s by default. */
  giveUpAfterMs?: number;
}

const SILENCE_MS = 45_000;
const GIVE_UP_AFTER_MS = 300_000;
/** Until the server names another one. */
const RETRY_MS = 1_000;

/**
 * The events of a stream, as many at a time as have arrived, over any number of connections: each one resumes after the last event that arrived whole, so no
 * event is lost and none arrives twice. A connection that carried events is followed by the next one at once, any other
 * after the pause that the server wants. Ends when the server has nothing more (204), or when the caller leaves the loop.
 *
 * @param open Opens a connection after the event with that id.
 */
export async function* followStream(
  open: (after: string | undefined, signal: AbortSignal | undefined) => Promise<Response>,
  { signal, silenceMs = SILENCE_MS, giveUpAfterMs = GIVE_UP_AFTER_MS }: FollowOptions,
): AsyncGenerator<StreamFrame[]> {
  let after: string | undefined;
  let retryMs = RETRY_MS;
  let openedAt = performance.now();
  for (;;) {
    const silence = new SilenceWatch(silenceMs);
    let hasCarried = false;
    let error: unknown;
    try {
      const both = anySignal(signal, silence.signal);
      const response = await open(after, both);
      if (response.status === 204 || response.body === null) return;
      openedAt = performance.now();
      const onRetry = (ms: number): void => void (retryMs = ms);
      for await (const frames of readFrames(response.body, { onBytes: silence.restart, onRetry })) {
        hasCarried = true;
        after = frames.at(-1)?.id || after;
        // The caller may take its time: only the silence of the server counts.
        silence.stop();
        yield frames;
        silence.restart();
      }
      // The server ends a quiet stream too, when it is old.
      hasCarried ||= performance.now() - openedAt > retryMs;
    } catch (caught) {
      signal?.throwIfAborted();
      error = caught;
    } finally {
      silence.stop();
    }
    if (hasCarried) continue;
    const pauseMs = pauseAfter(error, retryMs);
    const isPatient = performance.now() - openedAt <= giveUpAfterMs;
    if (pauseMs === undefined || !isPatient) throw error;
    await pause(pauseMs, signal);
  }
}

/** The pause after a connection without an event; undefined for an error that a further connection would meet again. */
function pauseAfter(error: unknown, retryMs: number): number | undefined {
  if (error instanceof RatError && !(error instanceof ConnectionError))
    return decideRetry(error, { retry: 'safe', tries: 1, random: Math.random() });
  return retryMs * (0.5 + Math.random() / 2);
}

/** Aborts `signal` when nothing arrived for `ms`. */
class SilenceWatch {
  readonly #late = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number) {
    this.#ms = ms;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#late.signal;
  }

  readonly restart = (): void => {
    this.stop();
    this.#timer = setTimeout(() => this.#late.abort(), this.#ms);
  };

  stop(): void {
    clearTimeout(this.#timer);
  }
}
