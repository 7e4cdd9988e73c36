import { LimitError } from '@rat/domain';

/** How many event streams there may be at once. */
export interface StreamCaps {
  /** In this process. */
  total: number;
  perClient: number;
  perRun: number;
}

const RETRY_AFTER_SECONDS = 5;

/** Counts the event streams that are open, so that neither one client nor one run takes the whole process. */
export class StreamSlots {
  readonly #caps: StreamCaps;
  readonly #byClient = new Map<string, number>();
  readonly #byRun = new Map<string, number>();
  #total = 0;

  constructor(caps: StreamCaps) {
    this.#caps = caps;
  }

  /** Takes a slot; the answer gives it back, and must be called once. Throws LimitError when there is none. */
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

/** Keys without streams are forgotten, or the map would remember every client there ever was. */
function decrement(counts: Map<string, number>, key: string): void {
  const count = (counts.get(key) ?? 1) - 1;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
