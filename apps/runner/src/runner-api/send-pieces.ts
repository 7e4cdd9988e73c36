import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A reader that takes nothing for this long counts as gone, even while its connection is open. */
const IDLE_TIMEOUT_MS = 300_000;

/**
 * Answers 200 and sends the pieces at the reader's pace. An error of `pieces` breaks the connection, so that a part of an
 * answer never looks like the whole. Rejects with that error, and when the reader leaves.
 */
export async function sendPieces(
  res: ServerResponse,
  headers: Record<string, string | number>,
  pieces: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  res.setTimeout(IDLE_TIMEOUT_MS, () => res.destroy());
  res.writeHead(200, headers);
  const source = Readable.from(pieces);
  try {
    await pipeline(source, res);
  } finally {
    // Newer versions of Node refuse a response that is closed already, and leave the source open.
    source.destroy();
  }
}
