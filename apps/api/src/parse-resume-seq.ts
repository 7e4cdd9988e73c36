import { InputError } from '@rat/domain';

/** A seq: it fits Postgres's integer, whatever nine digits it has. */
const SEQ = /^\d{1,9}$/;

/**
 * After which row of its stream a client wants to go on; 0 from the start. A browser that reconnects repeats the URL
 * it began with and adds the header, so the header is the newer word. Throws InputError.
 */
export function parseResumeSeq(from: { lastEventId: string | undefined; after: unknown }): number {
  if (from.lastEventId) return parseSeq('Last-Event-ID', from.lastEventId);
  if (from.after === undefined || from.after === '') return 0;
  return parseSeq('after', from.after);
}

function parseSeq(name: string, text: unknown): number {
  if (typeof text !== 'string' || !SEQ.test(text)) {
    throw new InputError(`${name} must be the id of an event of this stream`, [
      { path: name, message: 'must be the id of an event of this stream' },
    ]);
  }
  return Number(text);
}
