/** How long a process gets to follow, before the next, harder way of stopping it. */
const PATIENCE_MS = 1_000;

/** Ends a process that does not follow: SIGTERM and then SIGKILL, each after its time, unless it is stopped before. */
export class Escalation {
  readonly #kill: (signal: NodeJS.Signals) => void;
  #timers: NodeJS.Timeout[] = [];

  constructor(kill: (signal: NodeJS.Signals) => void) {
    this.#kill = kill;
  }

  /** Begins anew when it has begun. */
  start(): void {
    this.stop();
    this.#timers = [
      setTimeout(() => this.#kill('SIGTERM'), PATIENCE_MS),
      setTimeout(() => this.#kill('SIGKILL'), 2 * PATIENCE_MS),
    ];
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }
}
