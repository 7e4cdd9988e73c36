const LINE_FEED = 0x0a;

/**
 * Splits chunks of UTF-8 bytes into lines without their line feeds. Each chunk yields one array:
 * the lines that it completes. Only a line feed ends a line: Node’s readline also splits at Unicode
 * separators, which a message may contain. Bytes after the last line feed form a last line.
 */
export async function* splitLines(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<string[], void> {
  let begun: Uint8Array[] = [];
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(LINE_FEED);
    if (end < 0) {
      begun.push(piece);
      continue;
    }
    const text = Buffer.concat([...begun, piece.subarray(0, end)]).toString('utf8');
    begun = [piece.subarray(end + 1)];
    yield text.split('\n');
  }
  const rest = Buffer.concat(begun).toString('utf8');
  if (rest !== '') yield [rest];
}
