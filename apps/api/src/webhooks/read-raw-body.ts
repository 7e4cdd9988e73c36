import type { IncomingMessage } from 'node:http';
import { HttpError } from '../http/http-error.ts';
import { readBytes } from '../http/read-bytes.ts';

/**
 * Reads a body of up to 1 MiB, of any media type, as its bytes. A compressed one is refused with 415: its signature is
 * about bytes that the sender had before. A larger one is a 413.
 */
export async function readRawBody(req: IncomingMessage): Promise<Uint8Array> {
  const { 'content-encoding': coding = 'identity' } = req.headers;
  if (coding.toLowerCase() !== 'identity') {
    throw new HttpError(415, 'INVALID_ARGUMENT', 'content encoding is not supported');
  }
  return readBytes(req);
}
