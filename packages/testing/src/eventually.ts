import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Repeats `probe` until it returns a value other than undefined or false; returns that value. After
 * `withinMs` it throws, naming `what` and the last error. For conditions that send no signal.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      // Jest prints an error's message but not its cause, and here the cause matters.
      const last = lastError instanceof Error ? `; at last: ${lastError.message}` : '';
      throw new Error(`${what}: not within ${withinMs} ms${last}`, { cause: lastError });
    }
    await pause(POLL_MS);
  }
}
