import type { LogCounts } from '@rat/store';

/** The number of runs whose counts are kept: those that clients read most recently. */
const KEPT = 1_000;

/**
 * Remembers how many lines of each level the logs of runs had when they were last read. Clients ask for a
 * run again and again while it works, and a count from the first line costs more the longer its log is.
 */
export class LogCountsCache {
  readonly #counts = new Map<string, LogCounts>();

  find(runId: string): LogCounts | undefined {
    return this.#counts.get(runId);
  }

  /** Keeps counts, unless those of a later read are there already. */
  keep(runId: string, counts: LogCounts): void {
    const known = this.#counts.get(runId);
    if (known !== undefined && known.lastSeq > counts.lastSeq) return;
    // Set anew, so that the first key is the one that was read longest ago.
    this.#counts.delete(runId);
    this.#counts.set(runId, counts);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > KEPT && oldest !== undefined) this.#counts.delete(oldest);
  }
}
