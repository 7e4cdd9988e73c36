import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';

export interface Answer {
  status: number;
  body: unknown;
}

export interface Ask {
  method: 'GET' | 'POST' | 'PUT';
  /** Below `/api/v1`. */
  path: string;
  body?: object;
  key?: string;
  /** The index of the API to call first; without it, any. */
  first?: number;
}

/** The network may swallow one try; the total outlasts every outage that the program makes. */
const TRY_MS = 8_000;
const WITHIN_MS = 120_000;

/**
 * Repeats a request until it is answered: after a refusal, an error or a timeout at another
 * replica.
 */
export class Client {
  readonly #doors: readonly { url: string }[];
  readonly #random: Random;
  readonly #signal: AbortSignal;

  constructor(doors: readonly { url: string }[], random: Random, signal: AbortSignal) {
    this.#doors = doors;
    this.#random = random;
    this.#signal = signal;
  }

  /** The first answer that is neither 429 nor 5xx. Throws the last error when the time is up. */
  async ask(ask: Ask): Promise<Answer> {
    const deadline = performance.now() + WITHIN_MS;
    let door = ask.first ?? this.#random.between(0, this.#doors.length - 1);
    for (;;) {
      let trouble: unknown;
      try {
        const answer = await this.#try(ask, door);
        if (answer.status < 500 && answer.status !== 429) return answer;
        trouble = `${answer.status} ${JSON.stringify(answer.body)}`;
      } catch (error) {
        this.#signal.throwIfAborted();
        trouble = error;
      }
      if (performance.now() > deadline) {
        throw new Error(`${ask.method} ${ask.path} is not answered: ${String(trouble)}`, {
          cause: trouble,
        });
      }
      door = (door + 1) % this.#doors.length;
      await pause(this.#random.between(50, 400), undefined, { signal: this.#signal });
    }
  }

  async #try({ method, path, body, key }: Ask, door: number): Promise<Answer> {
    const response = await fetch(`${this.#doors[door]?.url}/api/v1${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TRY_MS)]),
    });
    return { status: response.status, body: await response.json() };
  }
}
