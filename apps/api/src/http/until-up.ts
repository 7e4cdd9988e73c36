import { coerceError, waitFor, type Logger } from '@rat/runtime';
import { isDatabaseDown } from '@rat/store';

/** How long a stream waits for Postgres to come back before it asks again. */
const OUTAGE_PAUSE_MS = 2_000;

/** What `read` answers once Postgres is within reach; undefined when `over` aborts before. Other errors are thrown. */
export async function untilUp<T>(
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
