/** Beyond this number the oldest failing subjects are forgotten, and then tried at once. */
const MOST_SUBJECTS = 10_000;

/**
 * Decides when work that failed on a subject is tried again: exponential backoff, bounded, with
 * jitter in the upper half of the wait. The schedule is kept in memory, so a new process tries
 * every subject once at its start.
 */
export class RetrySchedule {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #subjects = new Map<string, { failures: number; notBeforeMs: number }>();

  constructor(options: { firstMs: number; longestMs: number }) {
    this.#firstMs = options.firstMs;
    this.#longestMs = options.longestMs;
  }

  /** Lists the subjects that still have to wait. */
  waiting(nowMs: number): string[] {
    return [...this.#subjects].flatMap(([id, one]) => (one.notBeforeMs > nowMs ? [id] : []));
  }

  /** Records a failure and returns how long the subject waits. `random`: from 0 to 1. */
  failed(id: string, nowMs: number, random: number): number {
    const failures = (this.#subjects.get(id)?.failures ?? 0) + 1;
    const fullMs = Math.min(this.#firstMs * 2 ** failures, this.#longestMs);
    const waitMs = (fullMs * (1 + random)) / 2;
    this.#subjects.delete(id);
    this.#subjects.set(id, { failures, notBeforeMs: nowMs + waitMs });
    for (const oldest of this.#subjects.keys()) {
      if (this.#subjects.size <= MOST_SUBJECTS) break;
      this.#subjects.delete(oldest);
    }
    return waitMs;
  }

  forget(id: string): void {
    this.#subjects.delete(id);
  }
}
