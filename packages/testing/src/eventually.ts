import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Asks until `probe` answers something other than undefined or false, and answers that; fails when `withinMs` have
 * passed, naming `what` and the last error. For conditions that announce themselves in no other way.
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
      // Jest shows an error's message and not its cause, which here is the interesting part.
      const last = lastError instanceof Error ? `; at last: ${lastError.message}` : '';
      throw new Error(`${what}: not within ${withinMs} ms${last}`, { cause: lastError });
    }
    await pause(POLL_MS);
  }
}
