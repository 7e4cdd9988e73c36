import { coerceError, waitFor, type Logger } from '@rat/runtime';
import { isDatabaseDown } from '@rat/store';

/** Pause between two attempts of a stream to read while Postgres is down. */
const OUTAGE_PAUSE_MS = 2_000;

/**
 * Retries `read` while Postgres is down. Resolves to undefined when `over` aborts; rejects with
 * every other error.
 */
export async function retryWhileDown<T>(
  read: () => Promise<T>,
  over: AbortSignal,
  log: Logger,
): Promise<T | undefined> {
  while (!over.aborted) {
    try {
      return await read();
    } catch (error) {
      if (!isDatabaseDown(error)) throw error;
      log.debug({ err: coerceError(error) }, 'stream waits for postgres');
      await waitFor(OUTAGE_PAUSE_MS, over);
    }
  }
  return undefined;
}
