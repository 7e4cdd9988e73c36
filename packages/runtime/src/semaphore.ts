/**
 * A counting semaphore: at most `count` pieces of work run at once, further ones wait in the order of their calls.
 *
 * @example
 * const semaphore = new Semaphore(4);
 * await semaphore.use(() => executeRun());
 * semaphore.stop(); // waiting calls return without doing their work
 */
export class Semaphore {
  #free: number;
  #stopped = false;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `work` when a slot is free. After `stop` it returns undefined without running it. */
  async use<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#stopped) return undefined;
    try {
      return await work();
    } finally {
      // The slot passes directly to the next call: a new call in between cannot take it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  /** Releases all waiting calls without running their work. Running work continues. */
  stop(): void {
    this.#stopped = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
