import { scrubLogText } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import { waitFor } from '@rat/runtime';
import {
  appendEvents,
  isDatabaseDown,
  type Database,
  type HeldAttempt,
  type NewRunEvent,
} from '@rat/store';
import type { ExecutorFlow } from '../executor/executor-run.ts';
import { toLogText } from './log-text.ts';

/** Soon enough for who watches, and few enough commits of a run that says a line now and then. */
const FLUSH_AFTER_MS = 20;
/** So many wait no longer. A flush takes whatever waits by then, for statements and commits are what costs. */
const FLUSH_AT_EVENTS = 500;
const BATCH_BYTES = 256 * 1024;
const RETRY_MS = 250;

/** While this much waits for Postgres, the executor is held between two statements; it goes on at half of it. */
const HOLD_EVENTS = 2_000;
const HOLD_BYTES = 1024 * 1024;

/** An executor that is held may finish its statement; were it to say more than this meanwhile, its lines are dropped. */
const FULL_EVENTS = 4 * HOLD_EVENTS;
const FULL_BYTES = 4 * HOLD_BYTES;

/** What a row costs beside its text, roughly. */
const ROW_BYTES = 200;

/** How much one attempt may log. */
export interface LogLimits {
  maxLines: number;
  maxBytes: number;
}

/**
 * Writes one attempt's rows to its run's stream: buffered, in order, one append in flight, so that the order of commits
 * is the order of lines. A lost connection is tried again until `signal` aborts; once the attempt is fenced, everything
 * further is dropped.
 *
 * Bounded at every moment: lines are cut, an attempt that says more than its limits gets one marker and is counted from
 * then on, and while Postgres is slow the executor is held rather than its lines heaped up here.
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

  /** Queues a row; it is durable within about 20 ms, or when `flush` resolves. */
  add(event: NewRunEvent): void {
    if (this.#fenced) return;
    switch (event.kind) {
      case 'log':
        return this.#addLine(event);
      case 'phase':
        return this.#push(event);
      case 'progress':
        // The next one says more; this one is not worth waiting for.
        if (!this.#isHeld) this.#push(event);
    }
  }

  /** Names who fills the stream, and is to be held while Postgres does not keep up. */
  onBackpressure(flow: ExecutorFlow): void {
    this.#flow = flow;
    if (this.#isHeld) flow.pause();
  }

  /**
   * Adds the attempt's last words, which no limit cuts off: `last`, and how many lines are missing. Resolves when all
   * that was added is durable, or can no longer be.
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

  /** Scrubbed before it is cut, since half a secret is not known for one. */
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
  limits: LogLimits;
  /** Absolute; no line tells a path below them. */
  ownFolders: readonly string[];
  /** Aborts when the attempt's lease is lost: then nothing more may be written. */
  signal: AbortSignal;
  /** Rows up to this seq are durable. */
  onAppended: (lastSeq: number) => void;
  log: Logger;
}
