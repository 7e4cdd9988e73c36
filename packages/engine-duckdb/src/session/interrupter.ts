const REPEAT_MS = 20;

/**
 * Interrupts a connection repeatedly until stopped. One interrupt is not enough: DuckDB drops an
 * interrupt that arrives between two of its steps, when no query is running yet.
 */
export class Interrupter {
  readonly #interrupt: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(interrupt: () => void) {
    this.#interrupt = interrupt;
  }

  get started(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(this.#interrupt, REPEAT_MS);
    this.#interrupt();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
