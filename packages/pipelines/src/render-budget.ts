/** A rendering would have gone on after its time was over. */
export const OUT_OF_TIME = 'the template did not end in time';

/**
 * The time that several renderings have together. The first one that does not end in it is the last one: every later
 * rendering is refused at once.
 */
export class RenderBudget {
  readonly #endMs: number;

  constructor(ms: number) {
    this.#endMs = performance.now() + ms;
  }

  /** Whole milliseconds; 0 when the time is over. */
  get leftMs(): number {
    return Math.max(0, Math.ceil(this.#endMs - performance.now()));
  }
}
