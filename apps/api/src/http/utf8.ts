import { isUtf8 } from 'node:buffer';
import { InputError } from '@rat/domain';

/**
 * Decodes UTF-8. Throws InputError for invalid bytes, and names the first one or UTF-16. It inserts
 * no replacement character, because the API would store it as if the client had written it.
 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  if (isUtf8(bytes)) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const at = findInvalidByte(bytes);
  const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const found = isUtf16 ? 'it is UTF-16' : `byte ${at + 1} (0x${byte}) is part of no character`;
  const message = `must be UTF-8: ${found}`;
  throw new InputError(`${what} ${message}`, [{ path: '', message }]);
}

/** Decodes a header's value, which Node reads as Latin-1. Throws InputError like `decodeUtf8`. */
export function decodeHeader(value: string | undefined, name: string): string | undefined {
  return value === undefined ? undefined : decodeUtf8(Buffer.from(value, 'latin1'), name);
}

/**
 * The index of the first invalid character. A streaming decoder fails at the first invalid byte, so
 * a binary search over prefixes finds it.
 */
function findInvalidByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (middle <= bytes.length && isGoodStart(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  // Go back to the first byte of the incomplete character.
  let start = good;
  for (let n = 0; n < 3 && start > 0 && isOpen(bytes.subarray(start - 1, good)); n += 1) start -= 1;
  return Math.min(start, bytes.length - 1);
}

function isGoodStart(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether the bytes are part of an incomplete character. */
function isOpen(bytes: Uint8Array): boolean {
  return (bytes.at(0) ?? 0) >= 0x80 && !isUtf8(bytes);
}
