import { InputError } from '@rat/domain';

/**
 * A client's position in a stream: it has every row up to `seq`, and perhaps an event without a row
 * of its own after it.
 */
export interface StreamPlace {
  seq: number;
  /** The client has the `error` event of the next row. */
  hasError: boolean;
  /** The client has the `end` event, and so the whole stream. */
  hasEnd: boolean;
}

/**
 * A seq of up to nine digits, which fits Postgres's integer, with the suffix of `errorEventId` or
 * `endEventId`.
 */
const ID = /^(\d{1,9})(\.5|\.end)?$/;

/**
 * The id of the `error` event that precedes the status at `seq`. Both come from one row, so the
 * event has a position of its own between two rows. A client that disconnects after it gets the
 * status next, without the error again.
 */
export function errorEventId(seq: number): string {
  return `${seq - 1}.5`;
}

/**
 * The id of the `end` event after the last row. It differs from the id of that row: a client that
 * disconnects between the two reconnects for its `end`, which proves that the stream is complete.
 */
export function endEventId(lastSeq: number): string {
  return `${lastSeq}.end`;
}

/**
 * The position after which a client wants to resume; 0 is the start. A browser that reconnects
 * repeats its first URL and adds the header, so the header takes precedence. Throws InputError.
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
