/**
 * How many runs a runner executes at once, whichever pools they come from: each pool's consumer takes tickets on its own.
 * A ticket beyond that waits in hand; it has claimed nothing, so when that takes long it is rung for others.
 */
export class Slots {
  #free: number;
  #stopped = false;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Does `work` in a slot of its own, in the order of the calls; not at all once stopped. */
  async use(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#stopped) return;
    try {
      await work();
    } finally {
      // Handed on directly, so that a call in between cannot take it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  /** Lets go of what waits. What has a slot goes on. */
  stop(): void {
    this.#stopped = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
