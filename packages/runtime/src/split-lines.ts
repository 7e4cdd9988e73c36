const LINE_FEED = 0x0a;

/**
 * Cuts UTF-8 bytes that come in pieces into their lines, without the line feeds; those that a piece completes come
 * together. Only a line feed ends a line: a message may hold the separators that Node's own reader takes for one. Bytes
 * after the last line feed are a line too.
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
