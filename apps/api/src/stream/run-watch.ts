import { EventRing } from './event-ring.ts';
import type { StreamFrame } from './frame-event.ts';

/** Reads the frames of one run's stream after a seq, in order, at most `limit`. */
export type ReadFrames = (afterSeq: number, limit: number) => Promise<StreamFrame[]>;

/** How many rows one statement reads: a laggard catches up fast, and one page is a bearable piece of memory. */
export const PAGE_ROWS = 500;

const RING_BOUNDS = { maxItems: 1_000, maxLength: 1_000_000 };

/**
 * One run's stream, shared by everybody in this process who watches it: however many stand at its end, a change costs
 * one statement.
 *
 * Modes: open → ended, once.
 * `version` counts the changes that were noticed. Whoever reads takes the version first, and waits for another one only
 * after a read that found nothing: so a change between the two is never slept through.
 * A read is shared only with those who ask while its version is current, for an older one may have begun before the
 * commit that they were woken for.
 */
export class RunWatch {
  readonly #readFrames: ReadFrames;
  readonly #ring = new EventRing<StreamFrame>(RING_BOUNDS);
  readonly #reads = new Map<number, { version: number; frames: Promise<StreamFrame[]> }>();
  readonly #bytes = new WeakMap<readonly StreamFrame[], Buffer>();
  readonly #waiting = new Set<() => void>();
  #version = 1;
  /** As of this version, nothing was stored after this seq. */
  #end = { version: 0, seq: 0 };
  /** The highest seq that was read here, or announced and since looked for. */
  #knownSeq = 0;
  #ended = false;

  constructor(readFrames: ReadFrames) {
    this.#readFrames = readFrames;
  }

  get version(): number {
    return this.#version;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Takes notice that the stream reaches `seq`: news only once. Whatever is read after the first notice finds the row,
   * so a hint that follows a sweep, or the reverse, costs nothing.
   */
  observe(seq: number): void {
    if (seq <= this.#knownSeq) return;
    this.#knownSeq = seq;
    this.#version += 1;
    this.#wakeAll();
  }

  /** Sends everybody home: the process stops, or the run was deleted. */
  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  /** Up to a page of frames after `afterSeq`; none when it is the end, as far as anybody has told. */
  async read(afterSeq: number): Promise<readonly StreamFrame[]> {
    const held = this.#ring.after(afterSeq, PAGE_ROWS);
    if (held.length > 0) return held;
    if (this.#end.version === this.#version && afterSeq >= this.#end.seq) return [];
    return this.#share(afterSeq);
  }

  /** The text of frames that were read here, made once for all who share the read. */
  bytesOf(frames: readonly StreamFrame[]): Buffer {
    let bytes = this.#bytes.get(frames);
    if (bytes === undefined) {
      bytes = Buffer.from(frames.map((frame) => frame.text).join(''));
      this.#bytes.set(frames, bytes);
    }
    return bytes;
  }

  /** Waits until the version is another than `version`, the watch has ended or `signal` aborts. */
  async changed(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || this.#ended || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #share(afterSeq: number): Promise<StreamFrame[]> {
    const current = this.#reads.get(afterSeq);
    if (current?.version === this.#version) return current.frames;
    const read = { version: this.#version, frames: this.#load(afterSeq) };
    this.#reads.set(afterSeq, read);
    const forget = (): void => {
      if (this.#reads.get(afterSeq) === read) this.#reads.delete(afterSeq);
    };
    read.frames.then(forget, forget);
    return read.frames;
  }

  async #load(afterSeq: number): Promise<StreamFrame[]> {
    const version = this.#version;
    const frames = await this.#readFrames(afterSeq, PAGE_ROWS);
    const lastSeq = frames.at(-1)?.seq ?? afterSeq;
    this.#ring.add(frames);
    const isCurrent = version === this.#version;
    // A page that ends where the stream was said to is the end too: else every full batch would cost a second read.
    const isEnd = frames.length < PAGE_ROWS || lastSeq === this.#knownSeq;
    // More than anybody knew of: it is news to those who were told that there was nothing.
    this.observe(lastSeq);
    if (isEnd && version >= this.#end.version) {
      this.#end = { version: isCurrent ? this.#version : version, seq: lastSeq };
      // Nothing was announced since: what was, and is not there, was wrong, and must not hide what comes.
      if (isCurrent) this.#knownSeq = lastSeq;
    }
    return frames;
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }
}
