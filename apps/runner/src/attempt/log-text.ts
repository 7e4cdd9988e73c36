/** The longest line that a log keeps, in bytes of UTF-8. */
export const LINE_MAX_BYTES = 16 * 1024;

// Everything below the space but the tab and the line feed, and the block that terminals obey: DEL and C1.
// oxlint-disable-next-line no-control-regex -- these are exactly what is looked for
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/**
 * A message as a log keeps it. Control characters become visible ones, so that no line can clear a reader's terminal or
 * be refused by Postgres, which holds no NUL; a line that is too long is cut between two characters and says by how much.
 */
export function toLogText(message: string, maxBytes: number = LINE_MAX_BYTES): string {
  // No character takes more than three bytes per UTF-16 unit: what is surely short needs no counting.
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

/** Unicode's pictures of control characters; C1 has none. */
function toPicture(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\uFFFD';
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
