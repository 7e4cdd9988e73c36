import { setTimeout as sleep } from 'node:timers/promises';

const BASE_MS = 10;
const MAX_MS = 500;

/**
 * Waits with exponential backoff and full jitter, so that writers that collided once do not collide
 * again. `tries` counts from 1.
 */
export async function pauseBeforeRetry(tries: number): Promise<void> {
  await sleep(Math.random() * Math.min(BASE_MS * 2 ** tries, MAX_MS));
}
