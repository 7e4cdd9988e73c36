import { setTimeout as sleep } from 'node:timers/promises';

/** Throws `error` again when it is how `signal`'s abort surfaced; the first line of every broad catch. */
export function rethrowIfAborted(error: unknown, signal?: AbortSignal): void {
  if (signal?.aborted) throw error;
  if (error instanceof Error && error.name === 'AbortError') throw error;
}

/** Waits, or ends early without error when `signal` aborts. Answers whether the whole time passed. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** Runs `work` again and again, `everyMs` apart, until `signal` aborts. A failed turn goes to `onError`; the loop goes on. */
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

/** Tries `work` until it succeeds, `everyMs` apart; after `forMs` its last error is thrown. For start-up. */
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
