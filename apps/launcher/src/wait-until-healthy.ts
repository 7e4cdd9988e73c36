import type { RatClient } from '@rat/client';
import { waitFor } from '@rat/runtime';
import { LauncherError } from './launcher-error.ts';

const POLL_MS = 150;
const TIMEOUT_MS = 30_000;

/** Resolves once the health check of the API passes. Throws LauncherError after `withinMs`. */
export async function waitUntilHealthy(
  rat: RatClient,
  check: 'live' | 'ready',
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await isHealthy(rat, check)) return;
    await waitFor(POLL_MS, signal);
    signal.throwIfAborted();
  }
  throw new LauncherError(`the API was not ${check} within ${withinMs / 1000} s; see its log`);
}

async function isHealthy(rat: RatClient, check: 'live' | 'ready'): Promise<boolean> {
  try {
    await rat.system[check]({ retries: 0, timeoutMs: TIMEOUT_MS });
    return true;
  } catch {
    // The API does not listen yet, or a part is missing. The caller's loop notices an abort.
    return false;
  }
}
