/** The longest line that a log keeps, in bytes of UTF-8. */
export const LINE_MAX_BYTES = 16 * 1024;

// All control characters except tab and line feed, with DEL and the C1 block, which terminals obey.
// oxlint-disable-next-line no-control-regex -- these are exactly what is looked for
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/**
 * Formats a message for the log. Control characters become visible ones: they could clear a
 * reader's terminal, and Postgres refuses NUL. A line that is too long is cut between two
 * characters, with the number of cut bytes.
 */
export function toLogText(message: string, maxBytes: number = LINE_MAX_BYTES): string {
  // A UTF-16 unit takes at most three bytes of UTF-8, so a short line needs no counting.
  const start = message.slice(0, maxBytes + 1);
  const visible = start.replaceAll('\r\n', '\n').replace(CONTROL, toPicture).toWellFormed();
  if (message.length * 3 <= maxBytes) return visible;
  const bytes = Buffer.from(visible);
  const rest = message.length > start.length ? Buffer.byteLength(message.slice(start.length)) : 0;
  if (bytes.length + rest <= maxBytes) return visible;
  let end = Math.min(bytes.length, maxBytes);
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  const cut = bytes.length - end + rest;
  return `${bytes.toString('utf8', 0, end)}… [truncated ${cut} bytes]`;
}

/** Unicode has pictures of the C0 control characters and of DEL, but none of C1. */
function toPicture(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\uFFFD';
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
