import { coerceError } from '@rat/runtime';
import type { LineageEvent } from './to-event.ts';

/** Where events are sent. */
export interface LineageReceiver {
  /** The whole address, with its path. */
  url: string;
  apiKey: string | undefined;
}

/** A receiver that does not answer within this time counts as out of reach. */
const POST_TIMEOUT_MS = 10_000;

/** Answers to an event that the receiver will never take. */
const REFUSALS = new Set([400, 413, 422]);

/** Answers that say nothing about the event: the receiver is away, busy, at another address, or wants another key. */
const WAITS = new Set([401, 403, 404, 408, 425, 429, 502, 503, 504]);

/**
 * Sends one event. `refused`: the receiver will not take it, however often it is sent. `failed`: the
 * receiver failed at it, and may fail at it for ever. Throws when the receiver is out of reach or takes no
 * event now; the message never contains its address or the key.
 */
export async function postEvent(
  { url, apiKey }: LineageReceiver,
  event: LineageEvent,
  signal: AbortSignal,
): Promise<'taken' | { refused: number } | { failed: number }> {
  const authorization = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...authorization },
    body: JSON.stringify(event),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(POST_TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(`the receiver is out of reach: ${reasonOf(error)}`);
  });
  await answer.body?.cancel();
  if (answer.ok) return 'taken';
  if (REFUSALS.has(answer.status)) return { refused: answer.status };
  if (WAITS.has(answer.status)) throw new Error(`the receiver answered ${answer.status}`);
  return { failed: answer.status };
}

/** The code of the network's error. Its message and its causes may hold the address of the receiver. */
function reasonOf(error: unknown): string {
  const { cause, name } = coerceError(error);
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : name;
}
