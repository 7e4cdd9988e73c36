/** How long each way of stopping a process may take before the next, harder one. */
const PATIENCE_MS = 1_000;

/**
 * Ends a process that does not stop by itself: SIGTERM, then SIGKILL, each after its time, unless
 * `stop` is called first.
 */
export class Escalation {
  readonly #kill: (signal: NodeJS.Signals) => void;
  #timers: NodeJS.Timeout[] = [];

  constructor(kill: (signal: NodeJS.Signals) => void) {
    this.#kill = kill;
  }

  /** Restarts the timers when they are running. */
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
