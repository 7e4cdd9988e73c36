import { setTimeout as pause } from 'node:timers/promises';
import { RatClient, RatError } from '@rat/client';
import type { Random } from './random.ts';

/** The network may swallow one try; the total outlasts every outage that the program makes. */
const TRY_MS = 8_000;
const WITHIN_MS = 120_000;

/**
 * Repeats a call until it is answered: after an outage, an error or a timeout at another replica. Its pauses are short, so
 * that the load is back as soon as the installation is.
 */
export class PatientClient {
  readonly #clients: readonly RatClient[];
  readonly #random: Random;
  readonly #signal: AbortSignal;

  constructor(doors: readonly { url: string }[], random: Random, signal: AbortSignal) {
    this.#clients = doors.map(
      ({ url }) => new RatClient({ baseUrl: url, signal, timeoutMs: TRY_MS, retries: 0 }),
    );
    this.#random = random;
    this.#signal = signal;
  }

  /**
   * The first answer, or the first error that is neither 429 nor 5xx. Throws the last error when the time is up.
   *
   * @param first The index of the API to call first; without it, any.
   */
  async call<T>(send: (rat: RatClient) => Promise<T>, first?: number): Promise<T> {
    const deadline = performance.now() + WITHIN_MS;
    let door = first ?? this.#random.between(0, this.#clients.length - 1);
    for (;;) {
      const rat = this.#clients[door];
      if (rat === undefined) throw new Error(`there is no API number ${door}`);
      try {
        return await send(rat);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!mayPass(error) || performance.now() > deadline) throw error;
      }
      door = (door + 1) % this.#clients.length;
      await pause(this.#random.between(50, 400), undefined, { signal: this.#signal });
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof RatError)) return false;
  const { status } = error;
  return status === 0 || status === 429 || status >= 500;
}
