import { scrubLogText } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import { waitFor } from '@rat/runtime';
import {
  appendEvents,
  isDatabaseDown,
  type Database,
  type AttemptKey,
  type NewRunEvent,
} from '@rat/store';
import type { ExecutorFlow } from '../executor/executor-run.ts';
import { toLogText } from './log-text.ts';

/** Short enough for watchers, long enough to batch the lines of a quiet run into few commits. */
const FLUSH_AFTER_MS = 20;
/**
 * Flush at once from this many rows. A flush takes all waiting rows, because statements and commits
 * are what costs.
 */
const FLUSH_AT_EVENTS = 500;
const BATCH_BYTES = 256 * 1024;
const RETRY_MS = 250;

/** The executor is paused while this much waits for Postgres, and resumed at half of it. */
const HOLD_EVENTS = 2_000;
const HOLD_BYTES = 1024 * 1024;

/** A paused executor still finishes its statement. Lines beyond this limit are dropped. */
const FULL_EVENTS = 4 * HOLD_EVENTS;
const FULL_BYTES = 4 * HOLD_BYTES;

/** The approximate cost of a row besides its text. */
const ROW_BYTES = 200;

/** The log limits of one attempt. */
export interface LogLimits {
  maxLines: number;
  maxBytes: number;
}

/**
 * Writes one attempt's rows to its run's stream: buffered, in order, with one append in flight, so
 * that the order of commits is the order of lines. Retries after a lost connection until `signal`
 * aborts. After the attempt is fenced, all further rows are dropped.
 *
 * Memory is bounded: long lines are cut; an attempt beyond its limits gets one marker line, and
 * further lines are only counted; a slow Postgres pauses the executor (back-pressure).
 */
export class StreamWriter {
  readonly #deps: StreamWriterDeps;
  #waiting: { event: NewRunEvent; bytes: number }[] = [];
  #waitingBytes = 0;
  #appended = 0;
  #fenced = false;
  #draining: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lines = 0;
  #bytes = 0;
  #dropped = 0;
  #isOverLimit = false;
  #flow: ExecutorFlow | undefined;
  #isHeld = false;

  constructor(deps: StreamWriterDeps) {
    this.#deps = deps;
  }

  /** Queues a row. It is durable within about 20 ms, or when `finish` resolves. */
  add(event: NewRunEvent): void {
    if (this.#fenced) return;
    switch (event.kind) {
      case 'log':
        return this.#addLine(event);
      case 'phase':
        return this.#push(event);
      case 'progress':
        // The next progress row replaces this one, so it need not wait.
        if (!this.#isHeld) this.#push(event);
    }
  }

  /** Registers the executor to pause while Postgres falls behind (back-pressure). */
  onBackpressure(flow: ExecutorFlow): void {
    this.#flow = flow;
    if (this.#isHeld) flow.pause();
  }

  /**
   * Adds the last lines of the attempt, which no limit cuts: `last`, and the number of dropped
   * lines. Resolves when all rows are durable, or the attempt is fenced.
   */
  async finish(last?: NewRunEvent): Promise<void> {
    if (this.#dropped > 0) {
      const message = `${this.#dropped} further log line(s) of this attempt were not kept`;
      this.#push({ kind: 'log', at: new Date(), level: 'warn', phase: undefined, message });
    }
    if (last !== undefined) this.#push({ ...last, message: this.#toText(last.message) });
    while (this.#waiting.length > 0 || this.#draining !== undefined) {
      this.#startDraining();
      await this.#draining;
    }
  }

  #addLine(event: NewRunEvent): void {
    if (this.#isOverLimit || this.#waitsFor(FULL_EVENTS, FULL_BYTES)) {
      this.#dropped += 1;
      return;
    }
    const { maxLines, maxBytes } = this.#deps.limits;
    const message = this.#toText(event.message);
    const bytes = Buffer.byteLength(message);
    if (this.#lines + 1 > maxLines || this.#bytes + bytes > maxBytes) {
      this.#isOverLimit = true;
      this.#dropped += 1;
      const mebibytes = Math.round(maxBytes / 1024 / 1024);
      const marker = `Log limit reached (${maxLines} lines or ${mebibytes} MiB an attempt): further lines are only counted`;
      this.#push({ ...event, level: 'warn', message: marker });
      return;
    }
    this.#lines += 1;
    this.#bytes += bytes;
    this.#push({ ...event, message });
  }

  /** Scrub before cutting: half a secret is not recognised as one. */
  #toText(message = ''): string {
    return toLogText(scrubLogText(message, this.#deps.ownFolders));
  }

  #push(event: NewRunEvent): void {
    if (this.#fenced) return;
    const bytes = ROW_BYTES + Buffer.byteLength(event.message ?? '');
    this.#waiting.push({ event, bytes });
    this.#waitingBytes += bytes;
    this.#holdOrLetGo();
    const isBatch = this.#waitsFor(FLUSH_AT_EVENTS, BATCH_BYTES);
    if (isBatch || event.kind === 'phase') this.#startDraining();
    else this.#timer ??= setTimeout(() => this.#startDraining(), FLUSH_AFTER_MS);
  }

  #waitsFor(events: number, bytes: number): boolean {
    return this.#waiting.length >= events || this.#waitingBytes >= bytes;
  }

  #holdOrLetGo(): void {
    if (!this.#isHeld && this.#waitsFor(HOLD_EVENTS, HOLD_BYTES)) {
      this.#isHeld = true;
      this.#flow?.pause();
    } else if (this.#isHeld && !this.#waitsFor(HOLD_EVENTS / 2, HOLD_BYTES / 2)) {
      this.#isHeld = false;
      this.#flow?.resume();
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
      const { batch, bytes } = this.#nextBatch();
      const done = await this.#append(batch);
      if (done === 'fenced') {
        this.#fenced = true;
        this.#waiting = [];
        this.#waitingBytes = 0;
      } else {
        this.#waiting.splice(0, batch.length);
        this.#waitingBytes -= bytes;
        if (done === 'appended') this.#appended += batch.length;
      }
      this.#holdOrLetGo();
    }
  }

  #nextBatch(): { batch: NewRunEvent[]; bytes: number } {
    const batch: NewRunEvent[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting) {
      if (batch.length > 0 && bytes + waiting.bytes > BATCH_BYTES) break;
      batch.push(waiting.event);
      bytes += waiting.bytes;
    }
    return { batch, bytes };
  }

  /** `refused`: the database rejects this batch for good, so the run must not wait for it. */
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
  held: AttemptKey;
  limits: LogLimits;
  /** Absolute paths; lines show no path below them. */
  ownFolders: readonly string[];
  /** Aborts when the attempt's lease is lost; no write may follow. */
  signal: AbortSignal;
  /** Rows up to this seq are durable. */
  onAppended: (lastSeq: number) => void;
  log: Logger;
}
