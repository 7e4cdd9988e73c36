import { InputError } from '@rat/domain';

/** Where a client is in a stream: it has the row `seq`, and may have the `error` event of the next one. */
export interface StreamPlace {
  seq: number;
  hasError: boolean;
}

/** A seq: it fits Postgres's integer, whatever nine digits it has. The half is that of `errorEventId`. */
const ID = /^(\d{1,9})(\.5)?$/;

/**
 * The id of the `error` event that precedes the status at `seq`. The two share a row, so it has a place of its own
 * between the rows: a client that is cut off after it gets the status, and not the error again.
 */
export function errorEventId(seq: number): string {
  return `${seq - 1}.5`;
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
  if (from.after === undefined || from.after === '') return { seq: 0, hasError: false };
  return parsePlace('after', from.after);
}

function parsePlace(name: string, text: unknown): StreamPlace {
  const match = typeof text === 'string' ? ID.exec(text) : null;
  if (match === null) {
    throw new InputError(`${name} must be the id of an event of this stream`, [
      { path: name, message: 'must be the id of an event of this stream' },
    ]);
  }
  return { seq: Number(match[1]), hasError: match[2] !== undefined };
}
