import { EventRing } from './event-ring.ts';
import type { StreamFrame } from './frame-event.ts';

/** Reads the frames of one run's stream after a seq, in order, at most `limit`. */
export type ReadFrames = (afterSeq: number, limit: number) => Promise<StreamFrame[]>;

/**
 * Rows in one page. It lets a client that is behind catch up quickly, and is small enough to hold
 * in memory.
 */
export const PAGE_ROWS = 500;

/** One reader of a watch. */
export interface Watcher {
  /**
   * Waits until the version is another than `version`, the watch has ended or the reader's signal
   * aborts.
   */
  changed(version: number): Promise<void>;
  leave(): void;
}

const RING_BOUNDS = { maxItems: 1_000, maxLength: 1_000_000 };

/**
 * One run's stream, shared by all its watchers in this process: a change costs one statement for
 * any number of watchers at the end of the stream.
 *
 * Modes: open → ended, once. `version` counts the observed changes. A reader takes the version
 * before it reads, and waits for another version only after an empty read: so it cannot miss a
 * change in between. A read is shared only while its version is current: an older read may have
 * begun before the commit that the reader was woken for.
 */
export class RunWatch {
  readonly #readFrames: ReadFrames;
  readonly #ring = new EventRing<StreamFrame>(RING_BOUNDS);
  readonly #reads = new Map<number, { version: number; frames: Promise<StreamFrame[]> }>();
  readonly #bytes = new WeakMap<readonly StreamFrame[], Buffer>();
  readonly #watchers = new Set<() => void>();
  #version = 1;
  /** At this version, the stream had no row after this seq. */
  #end = { version: 0, seq: 0 };
  /** The highest seq that was read here, or that a hint or sweep announced. */
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
   * Records that the stream reaches `seq`, and wakes the watchers when this is new. Every later
   * read finds the row, so a hint that repeats the result of a sweep costs nothing.
   */
  observe(seq: number): void {
    if (seq <= this.#knownSeq) return;
    this.#knownSeq = seq;
    this.#version += 1;
    this.#wakeAll();
  }

  /** Ends the watch and wakes all watchers: the process is stopping, or the run was deleted. */
  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  /** Up to a page of frames after `afterSeq`; empty at the known end of the stream. */
  read(afterSeq: number): Promise<readonly StreamFrame[]> {
    const held = this.held(afterSeq);
    return held === undefined ? this.#share(afterSeq) : Promise.resolve(held);
  }

  /**
   * The result of `read` where memory already has it; undefined where `read` would need a
   * statement.
   */
  held(afterSeq: number): readonly StreamFrame[] | undefined {
    const held = this.#ring.after(afterSeq, PAGE_ROWS);
    if (held.length > 0) return held;
    return this.#end.version === this.#version && afterSeq >= this.#end.seq ? held : undefined;
  }

  /** The text of frames from one read, encoded once for all watchers that share the read. */
  bytesOf(frames: readonly StreamFrame[]): Buffer {
    let bytes = this.#bytes.get(frames);
    if (bytes === undefined) {
      bytes = Buffer.from(frames.map((frame) => frame.text).join(''));
      this.#bytes.set(frames, bytes);
    }
    return bytes;
  }

  /**
   * Adds a watcher, which may wait many times and must leave once. A listener on a signal costs as
   * much as a write to a client, so each watcher adds only one.
   */
  join(signal: AbortSignal): Watcher {
    let wake: (() => void) | undefined;
    const onChange = (): void => wake?.();
    this.#watchers.add(onChange);
    signal.addEventListener('abort', onChange);
    return {
      changed: (version) =>
        new Promise((resolve) => {
          wake = resolve;
          if (this.#version !== version || this.#ended || signal.aborted) resolve();
        }),
      leave: () => {
        this.#watchers.delete(onChange);
        signal.removeEventListener('abort', onChange);
      },
    };
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
    // A page that ends at the announced end is the end too; otherwise every full batch would cost a
    // second read.
    const isEnd = frames.length < PAGE_ROWS || lastSeq === this.#knownSeq;
    // The read may have found rows that no hint announced: wake the watchers whose last read was
    // empty.
    this.observe(lastSeq);
    if (isEnd && version >= this.#end.version) {
      this.#end = { version: isCurrent ? this.#version : version, seq: lastSeq };
      // No change was announced during the read. A higher `knownSeq` was wrong, and would hide the
      // next rows.
      if (isCurrent) this.#knownSeq = lastSeq;
    }
    return frames;
  }

  #wakeAll(): void {
    for (const wake of this.#watchers) wake();
  }
}
