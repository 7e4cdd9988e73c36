import { EventRing } from './event-ring.ts';
import type { StreamFrame } from './frame-event.ts';

/** Reads the frames of one run's stream after a seq, in order, at most `limit`. */
export type ReadFrames = (afterSeq: number, limit: number) => Promise<StreamFrame[]>;

/** How many rows one statement reads: a laggard catches up fast, and one page is a bearable piece of memory. */
export const PAGE_ROWS = 500;

/** One reader of a watch. */
export interface Watcher {
  /** Waits until the version is another than `version`, the watch has ended or the reader's signal aborts. */
  changed(version: number): Promise<void>;
  leave(): void;
}

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
  readonly #watchers = new Set<() => void>();
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
  read(afterSeq: number): Promise<readonly StreamFrame[]> {
    const held = this.held(afterSeq);
    return held === undefined ? this.#share(afterSeq) : Promise.resolve(held);
  }

  /** What `read` would answer, where nothing need be asked for it; undefined elsewhere. */
  held(afterSeq: number): readonly StreamFrame[] | undefined {
    const held = this.#ring.after(afterSeq, PAGE_ROWS);
    if (held.length > 0) return held;
    return this.#end.version === this.#version && afterSeq >= this.#end.seq ? held : undefined;
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

  /**
   * A place to wait in for one reader, who waits in it many times and leaves it once. To listen to a signal costs as much
   * as to write to a client, so that is done once too.
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
    for (const wake of this.#watchers) wake();
  }
}
