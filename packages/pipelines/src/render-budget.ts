/** The error message for a rendering that exceeds its time limit. */
export const OUT_OF_TIME = 'the template did not end in time';

/** How many times its processor time a budget may last by the wall clock. */
export const CLOCK_FACTOR = 3;

/**
 * The time limit that several renderings share. After the first rendering that exceeds it, every
 * later one is refused at once.
 */
export class RenderBudget {
  readonly #ms: number;
  readonly #startMs = performance.now();
  readonly #usedMs: () => number | undefined;
  readonly #usedAtStart: number | undefined;

  /**
   * `usedMs` returns the processor time that this thread has used. With it, only that time counts,
   * up to three times as long by the wall clock: waiting for a processor does not make a template
   * slow.
   */
  constructor(ms: number, usedMs: () => number | undefined = () => undefined) {
    this.#ms = ms;
    this.#usedMs = usedMs;
    this.#usedAtStart = usedMs();
  }

  /** The remaining whole milliseconds; 0 when the time is over. */
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
