import { InputError } from '@rat/domain';

/** Where a client is in a stream: it has the row `seq`, and what belongs to no row but follows this one. */
export interface StreamPlace {
  seq: number;
  /** It has the `error` event of the next row. */
  hasError: boolean;
  /** It has the `end` event, and so the whole stream. */
  hasEnd: boolean;
}

/** A seq: it fits Postgres's integer, whatever nine digits it has. The rest is that of `errorEventId` and `endEventId`. */
const ID = /^(\d{1,9})(\.5|\.end)?$/;

/**
 * The id of the `error` event that precedes the status at `seq`. The two share a row, so it has a place of its own
 * between the rows: a client that is cut off after it gets the status, and not the error again.
 */
export function errorEventId(seq: number): string {
  return `${seq - 1}.5`;
}

/**
 * The id of the `end` event behind the last row. It is none of that row: a client that is cut off between the two comes
 * back for its `end`, without which it does not know that it has everything.
 */
export function endEventId(lastSeq: number): string {
  return `${lastSeq}.end`;
}

/**
 * Behind which event of a stream a client wants to go on; 0 from the start. A browser that reconnects repeats the URL
 * it began with and adds the header, so the header is the newer word. Throws InputError.
 */
export function parseResumeSeq(from: {
  lastEventId: string | undefined;
  after: unknown;
}): StreamPlace {
  if (from.lastEventId) return parsePlace('Last-Event-ID', from.lastEventId);
  if (from.after === undefined || from.after === '')
    return { seq: 0, hasError: false, hasEnd: false };
  return parsePlace('after', from.after);
}

function parsePlace(name: string, text: unknown): StreamPlace {
  const match = typeof text === 'string' ? ID.exec(text) : null;
  if (match === null) {
    throw new InputError(`${name} must be the id of an event of this stream`, [
      { path: name, message: 'must be the id of an event of this stream' },
    ]);
  }
  return { seq: Number(match[1]), hasError: match[2] === '.5', hasEnd: match[2] === '.end' };
}
