/** More failing subjects than this are forgotten, the oldest first: they are then tried at once. */
const MOST_SUBJECTS = 10_000;

/**
 * When work on a subject that failed is tried again: exponential backoff with full jitter in its upper half, bounded.
 * Kept in memory, so a new process tries once at its start.
 */
export class RetrySchedule {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #subjects = new Map<string, { failures: number; notBeforeMs: number }>();

  constructor(options: { firstMs: number; longestMs: number }) {
    this.#firstMs = options.firstMs;
    this.#longestMs = options.longestMs;
  }

  /** The subjects that are not to be tried yet. */
  waiting(nowMs: number): string[] {
    return [...this.#subjects].flatMap(([id, one]) => (one.notBeforeMs > nowMs ? [id] : []));
  }

  /** Notes a failure; answers how long the subject waits. `random` from 0 to 1. */
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
