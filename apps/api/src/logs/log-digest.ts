import { createHash } from 'node:crypto';
import type { EndEvent } from '@rat/contracts';
import type { RunEvent } from '@rat/store';

/**
 * The canonical JSON of a log row: the data of its `log` event, and its line in NDJSON. The text is
 * built by hand, because it is the most expensive step for a line. Level and phase come from closed
 * lists and need no escaping.
 */
export function canonicalLine(row: RunEvent): string {
  const { seq, at, level = 'info', message = '', phase, attempt } = row;
  const inPhase = phase === undefined ? 'null' : `"${phase}"`;
  return `{"seq":${seq},"timestamp":"${at.toISOString()}","level":"${level}","message":${JSON.stringify(message)},"phase":${inPhase},"attempt":${attempt}}`;
}

/**
 * The digest of a run's log: SHA-256 over the canonical JSON of each line and a line feed, in seq
 * order. A client gets the same digest from the data of all `log` events, each followed by a line
 * feed, or from the bytes of the NDJSON log.
 */
export class LogDigest {
  readonly #hash = createHash('sha256');
  #lines = 0;

  add(rows: readonly RunEvent[]): void {
    this.#hash.update(rows.map((row) => `${canonicalLine(row)}\n`).join(''));
    this.#lines += rows.length;
  }

  /**
   * The `end` event of a stream with the last row `lastSeq`. Ends the digest: no line can be added
   * after it.
   */
  end(lastSeq: number): EndEvent {
    return { last_seq: lastSeq, lines: this.#lines, sha256: this.#hash.digest('hex') };
  }
}
