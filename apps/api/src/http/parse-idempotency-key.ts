import { InputError } from '@rat/domain';

/** Visible ASCII and blanks. Logs and proxies may change other characters. */
const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/** Reads the `Idempotency-Key` of a request; undefined when there is none. Throws InputError. */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || PRINTABLE.test(header)) return header;
  throw new InputError('Idempotency-Key must be 1 to 255 printable ASCII characters');
}
