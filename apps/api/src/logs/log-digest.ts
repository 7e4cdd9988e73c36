import { createHash } from 'node:crypto';
import type { EndEvent } from '@rat/contracts';
import type { RunEvent } from '@rat/store';

/**
 * A log row's one JSON text: what a `log` event carries, and what a line of NDJSON is. Spelled by hand, for it is the
 * dearest thing that is done with a line; level and phase are words of closed lists, which have nothing to escape.
 */
export function canonicalLine(row: RunEvent): string {
  const { seq, at, level = 'info', message = '', phase, attempt } = row;
  const inPhase = phase === undefined ? 'null' : `"${phase}"`;
  return `{"seq":${seq},"timestamp":"${at.toISOString()}","level":"${level}","message":${JSON.stringify(message)},"phase":${inPhase},"attempt":${attempt}}`;
}

/**
 * The digest of a run's log: SHA-256 over each line's canonical JSON and a line feed, in the order of seqs. Whoever
 * hashes the data of all `log` events so, or the bytes of the log as NDJSON, gets the same.
 */
export class LogDigest {
  readonly #hash = createHash('sha256');
  #lines = 0;

  add(rows: readonly RunEvent[]): void {
    this.#hash.update(rows.map((row) => `${canonicalLine(row)}\n`).join(''));
    this.#lines += rows.length;
  }

  /** What the `end` event of a stream that ends at `lastSeq` says; nothing can be added afterwards. */
  end(lastSeq: number): EndEvent {
    return { last_seq: lastSeq, lines: this.#lines, sha256: this.#hash.digest('hex') };
  }
}
