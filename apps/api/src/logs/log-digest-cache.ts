import type { EndEvent } from '@rat/contracts';
import type { LogSource } from './log-deps.ts';
import { readLogLines } from './read-log-lines.ts';
import { inSlices } from './in-slices.ts';
import { LogDigest } from './log-digest.ts';

/** Ends are small; these are the runs that somebody has looked at lately. */
const KEPT = 1_000;

/** How the logs of finished runs end: computed once a process, however many watch, for they never change again. */
export class LogDigestCache {
  readonly #deps: LogSource;
  readonly #ends = new Map<string, Promise<EndEvent>>();

  constructor(deps: LogSource) {
    this.#deps = deps;
  }

  /** The end of a finished run, whose last row is `lastSeq`. */
  read(runId: string, lastSeq: number): Promise<EndEvent> {
    const known = this.#ends.get(runId);
    if (known !== undefined) return known;
    const end = this.#compute(runId, lastSeq);
    this.#ends.set(runId, end);
    // A failed read is nobody's end; whoever asked hears of it.
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
