import { createHash } from 'node:crypto';
import type { EndEvent, LogLine } from '@rat/contracts';

/** A log line's one JSON text: what a `log` event carries, and what a line of NDJSON is. */
export function canonicalLine(line: LogLine): string {
  const { seq, timestamp, level, message, phase, attempt } = line;
  return JSON.stringify({ seq, timestamp, level, message, phase, attempt });
}

/**
 * The digest of a run's log: SHA-256 over each line's canonical JSON and a line feed, in the order of seqs. Whoever
 * hashes the data of all `log` events so, or the bytes of the log as NDJSON, gets the same.
 */
export class LogDigest {
  readonly #hash = createHash('sha256');
  #lines = 0;

  add(line: LogLine): void {
    this.#hash.update(`${canonicalLine(line)}\n`);
    this.#lines += 1;
  }

  /** What the `end` event of a stream that ends at `lastSeq` says; nothing can be added afterwards. */
  end(lastSeq: number): EndEvent {
    return { last_seq: lastSeq, lines: this.#lines, sha256: this.#hash.digest('hex') };
  }
}
