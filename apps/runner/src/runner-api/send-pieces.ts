import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A reader that takes nothing for this long is gone, whatever its connection says. */
const IDLE_TIMEOUT_MS = 300_000;

/**
 * Answers 200 with pieces as they are made, no faster than they are taken. What the pieces throw breaks the connection, so
 * that a part of an answer never looks like the whole. Rejects with it, and when the reader leaves.
 */
export async function sendPieces(
  res: ServerResponse,
  headers: Record<string, string | number>,
  pieces: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  res.setTimeout(IDLE_TIMEOUT_MS, () => res.destroy());
  res.writeHead(200, headers);
  await pipeline(Readable.from(pieces), res);
}
