import type { EndEvent } from '@rat/contracts';
import type { LogSource } from './read-run-stream.ts';
import { readLogLines } from './read-log-lines.ts';
import { inSlices } from './in-slices.ts';
import { LogDigest } from './log-digest.ts';

/** The number of cached ends: those of the runs that clients read most recently. */
const KEPT = 1_000;

/**
 * Caches the `end` events of finished runs. The log of a finished run never changes, so a process
 * computes each end once.
 */
export class LogDigestCache {
  readonly #deps: LogSource;
  readonly #ends = new Map<string, Promise<EndEvent>>();

  constructor(deps: LogSource) {
    this.#deps = deps;
  }

  /**
   * The `end` event of a finished run with the last row `lastSeq`. Rejects when the log cannot be
   * read.
   */
  read(runId: string, lastSeq: number): Promise<EndEvent> {
    const known = this.#ends.get(runId);
    if (known !== undefined) return known;
    const end = this.#compute(runId, lastSeq);
    this.#ends.set(runId, end);
    // A failed read is not cached. The caller gets the rejection.
    end.catch(() => this.#ends.delete(runId));
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > KEPT && oldest !== undefined) this.#ends.delete(oldest);
    return end;
  }

  async #compute(runId: string, lastSeq: number): Promise<EndEvent> {
    const digest = new LogDigest();
    const pages = readLogLines(this.#deps, { runId, afterSeq: 0, lastSeq });
    for await (const lines of inSlices(pages)) digest.add(lines);
    return digest.end(lastSeq);
  }
}
