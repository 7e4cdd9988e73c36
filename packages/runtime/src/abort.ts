import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Rethrows `error` if it is the result of an abort of `signal`. The first line of every broad
 * catch.
 */
export function rethrowIfAborted(error: unknown, signal?: AbortSignal): void {
  if (signal?.aborted) throw error;
  if (error instanceof Error && error.name === 'AbortError') throw error;
}

/**
 * Waits `ms`, or returns early without an error when `signal` aborts. Returns whether the whole
 * time passed.
 */
export async function waitFor(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs `work` repeatedly, `everyMs` apart, until `signal` aborts. A failed turn is passed to
 * `onError`, and the loop continues.
 *
 * @example
 * await repeat(sweep, { everyMs: 60_000, signal, onError: (err) => log.warn({ err }, 'sweep failed') });
 */
export async function repeat(
  work: () => Promise<void>,
  options: { everyMs: number; signal: AbortSignal; onError: (error: unknown) => void },
): Promise<void> {
  while (!options.signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (!options.signal.aborted) options.onError(error);
    }
    if (!(await waitFor(options.everyMs, options.signal))) return;
  }
}

/**
 * Retries `work` every `everyMs` until it succeeds; after `forMs` it throws the last error. For
 * start-up.
 */
export async function retryFor<T>(
  work: () => Promise<T>,
  options: { forMs: number; everyMs: number; onError: (error: unknown) => void },
): Promise<T> {
  const deadline = performance.now() + options.forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      options.onError(error);
      await sleep(options.everyMs);
    }
  }
}
