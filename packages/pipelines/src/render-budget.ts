/** A rendering would have gone on after its time was over. */
export const OUT_OF_TIME = 'the template did not end in time';

/** How much longer than its processor time a budget may last by the clock. */
export const CLOCK_FACTOR = 3;

/**
 * The time that several renderings have together. The first one that does not end in it is the last one: every later
 * rendering is refused at once.
 */
export class RenderBudget {
  readonly #ms: number;
  readonly #startMs = performance.now();
  readonly #usedMs: () => number | undefined;
  readonly #usedAtStart: number | undefined;

  /**
   * `usedMs` answers the processor time of this thread so far. With it, only that time counts, up to three times as
   * long by the clock: a thread that waits for a processor has no slow template.
   */
  constructor(ms: number, usedMs: () => number | undefined = () => undefined) {
    this.#ms = ms;
    this.#usedMs = usedMs;
    this.#usedAtStart = usedMs();
  }

  /** Whole milliseconds; 0 when the time is over. */
  get leftMs(): number {
    const passedMs = performance.now() - this.#startMs;
    const usedMs = this.#usedMs();
    const left =
      usedMs === undefined || this.#usedAtStart === undefined
        ? this.#ms - passedMs
        : Math.min(this.#ms - (usedMs - this.#usedAtStart), CLOCK_FACTOR * this.#ms - passedMs);
    return Math.max(0, Math.ceil(left));
  }
}
