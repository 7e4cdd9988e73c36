/** An item of a ring: its place in the stream and its text. */
export interface Sequenced {
  readonly seq: number;
  readonly text: string;
}

/**
 * The newest items of a stream without gaps, bounded in number and in total length.
 *
 * Invariant: the seqs in the ring are consecutive.
 */
export class EventRing<T extends Sequenced> {
  readonly #maxItems: number;
  readonly #maxLength: number;
  #items: T[] = [];
  #length = 0;

  constructor(bounds: { maxItems: number; maxLength: number }) {
    this.#maxItems = bounds.maxItems;
    this.#maxLength = bounds.maxLength;
  }

  /** The seq of the newest item; 0 while there is none. */
  get lastSeq(): number {
    return this.#items.at(-1)?.seq ?? 0;
  }

  /**
   * Adds a page of consecutive items. Known items are skipped. A page beyond a gap replaces the
   * whole ring.
   */
  add(page: readonly T[]): void {
    const first = page[0];
    if (first === undefined) return;
    if (first.seq > this.lastSeq + 1) {
      this.#items = [];
      this.#length = 0;
    }
    const last = this.lastSeq;
    for (const item of page) {
      if (item.seq <= last) continue;
      this.#items.push(item);
      this.#length += item.text.length;
    }
    this.#trim();
  }

  /** Up to `limit` items right after `seq`; empty when the ring does not hold the next item. */
  after(seq: number, limit: number): readonly T[] {
    const first = this.#items[0];
    if (first === undefined || seq < first.seq - 1 || seq >= this.lastSeq) return [];
    const start = seq + 1 - first.seq;
    return this.#items.slice(start, start + limit);
  }

  #trim(): void {
    let dropped = 0;
    while (this.#items.length - dropped > this.#maxItems || this.#length > this.#maxLength) {
      this.#length -= this.#items[dropped]?.text.length ?? 0;
      dropped += 1;
    }
    if (dropped > 0) this.#items.splice(0, dropped);
  }
}
