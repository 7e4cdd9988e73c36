import { ConnectionError, RateLimitError, UnavailableError } from './errors.ts';

/** The `retry` of an operation. */
export type Retry = 'safe' | 'key' | 'never';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A caller who must wait longer gets the error at once. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/**
 * The pause in milliseconds before a request is sent again; undefined when it must not be. A 429 was refused before
 * anything was done, so every operation may be sent again. After a lost answer only those may that a second request does
 * not do twice.
 *
 * @param tries How often it was sent.
 * @param random From 0 up to 1, so that many clients do not return together.
 */
export function decideRetry(
  error: unknown,
  { retry, tries, random }: { retry: Retry; tries: number; random: number },
): number | undefined {
  const isLimit = error instanceof RateLimitError;
  const isLost = error instanceof UnavailableError || error instanceof ConnectionError;
  if (!isLimit && !(isLost && retry !== 'never')) return undefined;
  const { retryAfterMs } = error;
  if (retryAfterMs === undefined)
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)) * (0.5 + random / 2);
  return retryAfterMs > LONGEST_RETRY_AFTER_MS ? undefined : retryAfterMs * (1 + random / 4);
}
