import { LimitError } from '@rat/domain';

/** Limits on concurrent event streams. */
export interface StreamCaps {
  /** Streams in this process. */
  total: number;
  perClient: number;
  perRun: number;
}

const RETRY_AFTER_SECONDS = 5;

/**
 * Counts the open event streams, so that no single client or run can use the whole process.
 *
 * @example
 * const release = slots.take({ client: req.ip ?? '', runId });
 * // When the stream has ended:
 * release();
 */
export class StreamSlots {
  readonly #caps: StreamCaps;
  readonly #byClient = new Map<string, number>();
  readonly #byRun = new Map<string, number>();
  #total = 0;

  constructor(caps: StreamCaps) {
    this.#caps = caps;
  }

  /** The streams that are open now, and the most that may be. */
  get use(): { open: number; most: number } {
    return { open: this.#total, most: this.#caps.total };
  }

  /**
   * Takes a slot and returns its release function, which must be called exactly once. Throws
   * LimitError when no slot is free.
   */
  take(stream: { client: string; runId?: string }): () => void {
    const { client, runId } = stream;
    const { total, perClient, perRun } = this.#caps;
    const ofClient = this.#byClient.get(client) ?? 0;
    const ofRun = runId === undefined ? 0 : (this.#byRun.get(runId) ?? 0);
    if (this.#total >= total) throw new LimitError('too many event streams', RETRY_AFTER_SECONDS);
    if (ofClient >= perClient) {
      throw new LimitError('too many event streams from this address', RETRY_AFTER_SECONDS);
    }
    if (ofRun >= perRun) {
      throw new LimitError('too many event streams of this run', RETRY_AFTER_SECONDS);
    }
    this.#total += 1;
    this.#byClient.set(client, ofClient + 1);
    if (runId !== undefined) this.#byRun.set(runId, ofRun + 1);
    return () => {
      this.#total -= 1;
      decrement(this.#byClient, client);
      if (runId !== undefined) decrement(this.#byRun, runId);
    };
  }
}

/** Removes a key without streams; otherwise the map would grow with every client. */
function decrement(counts: Map<string, number>, key: string): void {
  const count = (counts.get(key) ?? 1) - 1;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
