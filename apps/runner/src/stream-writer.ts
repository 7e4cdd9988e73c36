import type { Logger } from '@rat/runtime';
import { waitFor } from '@rat/runtime';
import {
  appendEvents,
  isDatabaseDown,
  type Database,
  type HeldAttempt,
  type NewRunEvent,
} from '@rat/store';

const FLUSH_AFTER_MS = 100;
const BATCH_EVENTS = 500;
const RETRY_MS = 250;

/**
 * Writes one attempt's rows to its run's stream: buffered, in order, one append in flight, so that the order of commits
 * is the order of lines. A lost connection is tried again until `signal` aborts; once the attempt is fenced, everything
 * further is dropped.
 */
export class StreamWriter {
  readonly #deps: StreamWriterDeps;
  #waiting: NewRunEvent[] = [];
  #appended = 0;
  #fenced = false;
  #draining: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: StreamWriterDeps) {
    this.#deps = deps;
  }

  /** Queues a row; it is durable within about 100 ms, or when `flush` resolves. */
  add(event: NewRunEvent): void {
    if (this.#fenced) return;
    this.#waiting.push(event);
    if (this.#waiting.length >= BATCH_EVENTS || event.kind === 'phase') this.#startDraining();
    else this.#timer ??= setTimeout(() => this.#startDraining(), FLUSH_AFTER_MS);
  }

  /** Resolves when all that was added is durable, or can no longer be. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#draining !== undefined) {
      this.#startDraining();
      await this.#draining;
    }
  }

  #startDraining(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_EVENTS);
      const done = await this.#append(batch);
      if (done === 'fenced') {
        this.#fenced = true;
        this.#waiting = [];
        return;
      }
      this.#waiting = this.#waiting.slice(batch.length);
      if (done === 'appended') this.#appended += batch.length;
    }
  }

  /** `refused`: the database will never take this batch; the run must not wait for it for ever. */
  async #append(batch: NewRunEvent[]): Promise<'appended' | 'fenced' | 'refused'> {
    const { db, held, signal, log, onAppended } = this.#deps;
    for (;;) {
      try {
        const key = { ...held, alreadyAppended: this.#appended };
        const answer = await appendEvents(db, key, batch);
        if (answer.kind === 'fenced') return 'fenced';
        onAppended(answer.lastSeq);
        return 'appended';
      } catch (err) {
        const fields = { err, run_id: held.runId, rows: batch.length };
        if (!isDatabaseDown(err)) {
          log.error(fields, 'stream rows refused');
          return 'refused';
        }
        log.warn(fields, 'stream append failed');
        if (!(await waitFor(RETRY_MS, signal))) return 'fenced';
      }
    }
  }
}

export interface StreamWriterDeps {
  db: Database;
  held: HeldAttempt;
  /** Aborts when the attempt's lease is lost: then nothing more may be written. */
  signal: AbortSignal;
  /** Rows up to this seq are durable. */
  onAppended: (lastSeq: number) => void;
  log: Logger;
}
