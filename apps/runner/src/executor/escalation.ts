/** How long each way of stopping a process may take before the next, harder one. */
export const PATIENCE_MS = 1_000;

/**
 * Ends a process that does not stop by itself: SIGTERM, then SIGKILL, each after its time, unless
 * `stop` is called first.
 */
export class Escalation {
  readonly #kill: (signal: NodeJS.Signals) => void;
  readonly #patienceMs: number;
  #timers: NodeJS.Timeout[] = [];

  constructor(kill: (signal: NodeJS.Signals) => void, patienceMs: number) {
    this.#kill = kill;
    this.#patienceMs = patienceMs;
  }

  /** Restarts the timers when they are running. */
  start(): void {
    this.stop();
    this.#timers = [
      setTimeout(() => this.#killSoon('SIGTERM'), this.#patienceMs),
      setTimeout(() => this.#killSoon('SIGKILL'), 2 * this.#patienceMs),
    ];
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }

  /**
   * When this process itself was busy, its timers are late and the answer of the other process may
   * wait unread. Node reads it first, and its reader may call `stop`.
   */
  #killSoon(signal: NodeJS.Signals): void {
    const timers = this.#timers;
    setImmediate(() => timers.length > 0 && this.#kill(signal));
  }
}
